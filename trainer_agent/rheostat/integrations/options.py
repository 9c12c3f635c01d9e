"""The options of `rheostat.attach` that a callback passes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from rheostat.control.command import Limits
    from rheostat.schedule import Schedule

__all__ = ["Options", "plain_options"]


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


def plain_options(options: Options) -> dict[str, object]:
    """Those that may be written into a checkpoint: plain values, and no secret."""
    return {
        name: value
        for name, value in options.items()
        if name != "token" and isinstance(value, str | bool | int | None)
    }
