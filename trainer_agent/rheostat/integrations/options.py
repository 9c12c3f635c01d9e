"""The options of `rheostat.attach` that a callback passes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from rheostat.agent.naming import shared_paths

if TYPE_CHECKING:
    from rheostat.control.command import Limits
    from rheostat.schedule import Schedule

__all__ = ["Options", "names_in", "plain_options"]


class Options(TypedDict, total=False):
    """As `rheostat.attach` takes them."""

    run: str | None
    project: str
    plan: str | Schedule | None
    total: int | None
    server: str | Literal[False] | None
    token: str | None
    group_names: Sequence[str] | None
    control: bool
    limits: Limits | None
    config: Mapping[str, object] | None


def names_in(model: object, optimizer: object) -> tuple[str, ...] | None:
    """Names of the param groups by the names that ``model`` has for their parameters; None: as they are."""
    groups: list[Any] = getattr(optimizer, "param_groups", [])
    names = {id(p): name for name, p in getattr(model, "named_parameters", tuple)()}
    if any("name" in group or "param_names" in group for group in groups):
        return None
    paths = shared_paths([[names[id(p)] for p in g["params"] if id(p) in names] for g in groups])
    return tuple(path or str(i) for i, path in enumerate(paths)) if any(paths) else None


def plain_options(options: Options) -> dict[str, object]:
    """Those that may be written into a checkpoint: plain values, and no secret."""
    return {
        name: value
        for name, value in options.items()
        if name != "token" and isinstance(value, str | bool | int | None)
    }
