"""Naming: what to call param groups that have no name, by what the names of their parameters share. Pure."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["shared_paths"]


def shared_paths(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """For each group of parameter names the module path they share, "" where that tells it from no other.

    ``["body.0.weight", "body.0.bias"]`` beside a ``["head.weight"]`` share ``body.0``. One group alone needs
    no name; a path that several groups share, or that is a mere number, is none.
    """
    paths = [_shared([name.removeprefix("module.") for name in names]) for names in groups]
    if len(paths) < 2:
        return ("",) * len(paths)
    return tuple("" if path.isdecimal() or paths.count(path) > 1 else path for path in paths)


def _shared(names: Sequence[str]) -> str:
    parts = [name.split(".")[:-1] or [name] for name in names]
    shared: list[str] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return ".".join(shared)
