"""A real NATS server for tests, from a wheel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.server.running import wait_for

__all__ = ["Nats"]


class Nats:
    """A NATS server that can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = -1
        self.start()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        binary = str(Path(sys.executable).with_name("nats-server"))
        words = [binary, "-a", "127.0.0.1", "-p", str(self.port), "--ports_file_dir", str(self.folder)]
        self.process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        file = self.folder / f"nats-server_{self.process.pid}.ports"
        wait_for(lambda: file.exists() and file.stat().st_size)
        self.port = int(json.loads(file.read_text())["nats"][0].rpartition(":")[2])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
