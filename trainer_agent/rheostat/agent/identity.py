"""Identity: which run, attempt and rank this process is, and what surrounds it; secrets left out."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec

from rheostat.scrub import scrub

__all__ = [
    "Identity",
    "Place",
    "describe_config",
    "environment",
    "git_commit",
    "host",
    "identify",
    "place_of",
    "restart_count",
]

MAX_CONFIG = 200
MAX_TEXT = 500
_PLACES = (
    ("RANK", "WORLD_SIZE"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
)
_MOST_READ = 20_000
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Identity(msgspec.Struct, frozen=True):
    """A run (``id`` fits into a URL, ``name`` is as given) and this attempt at it."""

    id: str
    name: str
    project: str
    attempt: str
    restart: int


class Place(msgspec.Struct, frozen=True):
    """Where among the processes of a job this one stands."""

    rank: int
    world: int


def identify(run: str | None, project: str) -> Identity:
    """Name this attempt; without ``run`` (or ``RHEOSTAT_RUN``) the run is new and named after the script."""
    given = run or os.environ.get("RHEOSTAT_RUN")
    attempt = uuid.uuid4().hex
    name = given or (Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else "") or "run"
    if given is None:
        safe = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "run"
        return Identity(f"{safe[:60]}-{attempt[:8]}", name[:200], project, attempt, restart_count())
    return Identity(_url_safe(given), given, project, attempt, restart_count())


def place_of(environ: Mapping[str, str] = os.environ) -> Place:
    """The rank and world size the launcher has set, torch's or an MPI one; rank 0 of 1 without one."""
    for rank, world in _PLACES:
        if world in environ:
            return Place(_number(environ.get(rank)), max(_number(environ[world]), 1))
    return Place(_number(environ.get("RANK")), 1)


def describe_config(config: Mapping[str, object]) -> dict[str, str]:
    """``config`` as short strings; what is a secret by its name or its shape is replaced."""
    described: dict[str, str] = {}
    for key, value in list(config.items())[:MAX_CONFIG]:
        name = str(key)[:MAX_TEXT]
        if isinstance(value, Mapping):
            value = describe_config({str(k): v for k, v in value.items()})  # noqa: PLW2901
        # Before it is cut, so that no half of a secret remains.
        described[name] = scrub(name, str(value)[:_MOST_READ])[:MAX_TEXT]
    return described


def environment() -> dict[str, str]:
    """What one needs to know to tell two attempts apart: interpreter, platform, versions, commit, GPUs."""
    known = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "script": Path(sys.argv[0]).name if sys.argv else "",
        "host": host(),
    }
    found = {"git commit": git_commit(Path.cwd()), "gpu": _gpus()}
    known |= {name: text for name, text in found.items() if text}
    for library in ("torch", "transformers", "lightning", "accelerate"):
        version = getattr(sys.modules.get(library), "__version__", None)
        if version is not None:
            known[library] = str(version)
    return known


def git_commit(folder: Path) -> str:
    """The commit checked out in ``folder`` or above it, read from git's own files; "" if there is none."""
    try:
        home = next((at / ".git" for at in (folder, *folder.parents) if (at / ".git").exists()), None)
        if home is None:
            return ""
        if home.is_file():
            home = home.parent / home.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (home / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head[:40]
        named = head.removeprefix("ref: ")
        common = home / "commondir"
        shared = home / common.read_text(encoding="utf-8").strip() if common.is_file() else home
        for place in (home, shared):
            if (place / named).is_file():
                return (place / named).read_text(encoding="utf-8").strip()[:40]
        packed = (shared / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line[:40] for line in packed if line.endswith(f" {named}")), "")
    except (OSError, UnicodeDecodeError):
        return ""


def _gpus() -> str:
    """The GPUs that torch uses already: asking it about others would start CUDA."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return ""
    names = [str(cuda.get_device_name(number)) for number in range(cuda.device_count())]
    return ", ".join(f"{names.count(name)} x {name}" for name in dict.fromkeys(names))


def host() -> str:
    """The name of this machine."""
    return socket.gethostname()[:200]


def _url_safe(run: str) -> str:
    if _SAFE.fullmatch(run):
        return run
    digest = hashlib.sha256(run.encode()).hexdigest()[:8]
    stem = re.sub(r"[^A-Za-z0-9]+", "-", run).strip("-")[:60]
    return f"{stem}-{digest}" if stem else f"run-{digest}"


def restart_count() -> int:
    """How many times the launcher has restarted this job."""
    return max(
        _number(os.environ.get("TORCHELASTIC_RESTART_COUNT")), _number(os.environ.get("SLURM_RESTART_COUNT"))
    )


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0
