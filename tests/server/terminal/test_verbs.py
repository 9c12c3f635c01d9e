"""docs/command-line.md names every command that talks to a server."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from rheostat_server.terminal import arguments, verbs

TEXT = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()


def test_every_command_is_in_the_docs() -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    verbs.add(commands)
    arguments.add_diff(commands)
    rows = [line for line in TEXT.splitlines() if line.startswith("| `rheostat ")]
    named = set(re.findall(r"`(?:rheostat )?([a-z]+)", " ".join(row.split(" | ")[0] for row in rows)))
    assert named == set(commands.choices)


def test_every_option_of_the_docs_is_one() -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    verbs.add(commands)
    arguments.add_diff(commands)
    usage = " ".join(parser.format_usage() for parser in commands.choices.values())
    assert set(re.findall(r"--[a-z][a-z-]*", TEXT)) <= set(re.findall(r"--[a-z][a-z-]*", usage))
