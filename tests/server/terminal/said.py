"""What a command prints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rheostat_server.cli import main

Captured = pytest.CaptureFixture[str]


def said(capsys: Captured, *words: str, status: int = 0) -> str:
    """What a command prints."""
    assert main(list(words)) == status, capsys.readouterr().err
    found = capsys.readouterr()
    return found.out or found.err


def data(capsys: Captured, *words: str) -> Any:
    """What a command prints for programs."""
    return json.loads(said(capsys, *words, "--json"))
