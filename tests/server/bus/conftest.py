"""Both buses for every test, NATS as a real server; two ends that may be two processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from rheostat_server.bus import Bus, LocalBus
from rheostat_server.bus.nats import connect
from tests.server.running import wait_for


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


@dataclass
class Ends:
    """Two ends of one bus."""

    one: Bus
    two: Bus


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path)
    yield server
    server.kill()


@pytest_asyncio.fixture(params=["local", "nats"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    if request.param == "local":
        bus = LocalBus()
        yield Ends(bus, bus)
        return
    url = request.getfixturevalue("nats_server").url
    one, two = await connect(url), await connect(url)
    yield Ends(one, two)
    await one.close()
    await two.close()
