"""Values: make floats of what is logged, without ever waiting for a device."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING

from rheostat.agent.groups import is_tensor

if TYPE_CHECKING:
    import torch

__all__ = ["NotLoggable", "plain", "split"]


class NotLoggable(ValueError):
    """A value that is no single number; the message says what was expected."""


def split(
    values: Mapping[str, object],
) -> tuple[dict[str, float], dict[str, torch.Tensor], list[NotLoggable]]:
    """Part ``values`` into floats at hand, one-element tensors on a device, and complaints about the rest."""
    floats: dict[str, float] = {}
    devices: dict[str, torch.Tensor] = {}
    complaints: list[NotLoggable] = []
    for name, value in values.items():
        try:
            if is_tensor(value) and not value.is_cpu:
                _check_on_device(name, value)
                devices[name] = value
            else:
                floats[name] = plain(name, value)
        except NotLoggable as complaint:
            complaints.append(complaint)
    return floats, devices, complaints


def plain(name: str, value: object) -> float:
    """``value`` as a float: a number, or an array or CPU tensor of one element.

    Raises:
        NotLoggable: it has more than one element, or is no number.
    """
    if is_tensor(value):
        _check_single(name, value.numel())
        return float(value.item())
    if isinstance(value, Real):
        return float(value)
    size = getattr(value, "size", None)
    item = getattr(value, "item", None)
    if isinstance(size, int) and callable(item) and _check_single(name, size):
        return plain(name, item())
    raise NotLoggable(
        f"metric {name!r} is a {type(value).__name__}; expected a number or a tensor of one element"
    )


def _check_on_device(name: str, value: torch.Tensor) -> None:
    _check_single(name, value.numel())
    if value.is_meta or type(value).__name__ == "DTensor":
        raise NotLoggable(
            f"metric {name!r} is a {'tensor without data' if value.is_meta else 'DTensor'}; "
            "expected a number or an ordinary tensor of one element"
        )


def _check_single(name: str, count: int) -> bool:
    if count == 1:
        return True
    raise NotLoggable(
        f"metric {name!r} has {count} elements; expected one: log its mean, as {name}={name}.mean()"
    )
