"""``rheostat export`` against a real server that its data folder tells of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rheostat.agent.discover import Discovery
from rheostat_server.cli import main
from tests.server.running import Server


@pytest.fixture
def folder(server: Server) -> Iterator[Path]:
    """The data folder of a server with a run of three steps."""
    found = Discovery(server.url, server.token("agent"), os.getpid())
    path = server.settings.data_dir / "server.json"
    path.write_bytes(msgspec.json.encode(found))
    path.chmod(0o600)
    with server.agent(run="my run") as agent:
        agent.steps(0, 3, loss=[1.0, 2.0, 3.0])
        yield server.settings.data_dir


def test_to_a_file_and_to_standard_output(
    folder: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    output = tmp_path / "run.csv"
    assert main(["export", "my run", "--output", str(output), "--data-dir", str(folder)]) == 0
    assert main(["export", "my run", "--data-dir", str(folder)]) == 0
    text = output.read_bytes()
    assert text.decode().splitlines()[-1].endswith(",3.0")
    assert capfdbinary.readouterr().out == text
    assert list(tmp_path.glob("*.part")) == []
    assert main(["export", "my run", "--format", "json", "-o", str(output), "--data-dir", str(folder)]) == 0
    assert output.read_bytes().startswith(b'{"run":')


def test_what_cannot_be_exported_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        (["none", "--data-dir", str(folder)], "there is no run 'none'"),
        (["my run", "-o", str(tmp_path / "no" / "x"), "--data-dir", str(folder)], "No such file"),
        (["my run", "--data-dir", str(tmp_path / "elsewhere")], "no server runs on"),
    ]
    for words, message in asked:
        assert main(["export", *words]) == 2
        assert message in capsys.readouterr().err
