"""Schedules that a server keeps, by name: ``NAME@VERSION``, or ``run:ID`` for what a run really did."""

from __future__ import annotations

import argparse
import re
from importlib.util import find_spec
from pathlib import Path

__all__ = ["KeptError", "add_reach", "kept"]

_SAVED = re.compile(r"(?P<name>[\w .()+-]+)@(?P<version>\d+)")


class KeptError(Exception):
    """What was named cannot be had; the message is one sentence."""


def add_reach(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which server is asked, and with which token."""
    parser.add_argument("--server", default=None, help="address (RHEOSTAT_SERVER, or the local server)")
    parser.add_argument("--token-file", type=Path, default=None, help="file with a token")
    parser.add_argument("--data-dir", type=Path, default=None, help="data folder of the local server")


def kept(word: str, options: argparse.Namespace) -> str | None:
    """The text that ``word`` names, or None where it is no name of something kept. Raises KeptError."""
    saved = _SAVED.fullmatch(word)
    if saved is None and not word.startswith("run:"):
        return None
    if find_spec("httpx") is None:
        raise KeptError(f"{word} is on a server, and asking it needs httpx: pip install 'rheostat[client]'")
    from rheostat.client import Client, ClientError  # noqa: PLC0415 - brings httpx

    try:
        with Client(options.server, token_file=options.token_file, folder=options.data_dir) as client:
            if saved is None:
                return str(client.schedule(word[4:])["text"])
            for one in client.versions(saved["name"]):
                if one["version"] == int(saved["version"]):
                    return str(one["text"])
    except ClientError as error:
        raise KeptError(str(error)) from None
    raise KeptError(f"{saved['name']!r} has no version {saved['version']}")
