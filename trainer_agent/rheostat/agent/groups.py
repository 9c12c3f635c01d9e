"""Param groups: find the optimizer that really owns the hooks, name its groups, read and write their lr."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, TypeGuard

from rheostat.agent.naming import shared_paths

if TYPE_CHECKING:
    import torch

ParamGroup = dict[str, object]

__all__ = [
    "Overlay",
    "ParamGroup",
    "engine_steps",
    "is_tensor",
    "layers",
    "names_of",
    "read_lr",
    "shared_lrs",
    "unwrap",
    "write_lr",
]


def is_tensor(value: object) -> TypeGuard[torch.Tensor]:
    """Whether ``value`` is a torch tensor, without ever importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def unwrap(optimizer: object) -> object | None:
    """The innermost optimizer whose step runs the hooks, or None if there is none.

    A wrapper may inherit ``register_step_pre_hook`` without the dict behind it, so the dict decides.
    """
    last = layers(optimizer)[-1]
    return last if "_optimizer_step_pre_hooks" in getattr(last, "__dict__", {}) else None


def layers(optimizer: object) -> list[object]:
    """``optimizer`` and what it wraps, down to who owns the hooks or to the last there is."""
    found = [optimizer]
    while "_optimizer_step_pre_hooks" not in getattr(found[-1], "__dict__", {}):
        inner = getattr(found[-1], "optimizer", None) or getattr(found[-1], "_optimizer", None)
        if inner is None or any(inner is each for each in found):
            break
        found.append(inner)
    return found


def engine_steps(optimizer: object) -> Callable[[], int] | None:
    """What tells the number of the update under way, where a DeepSpeed engine was given."""
    for each in layers(optimizer):
        if type(each).__module__.partition(".")[0] == "deepspeed" and hasattr(each, "global_steps"):
            return partial(getattr, each, "global_steps")
    return None


def names_of(groups: Sequence[ParamGroup], given: Sequence[str] | None, prefix: str = "") -> tuple[str, ...]:
    """A name for each group: the given ones, else its own ``name``, its parameters' path, or its number.

    Torch knows the names of parameters of an optimizer made from ``named_parameters()``. All are unlike.
    """
    names: list[str] = []
    taken: Counter[str] = Counter()
    paths = shared_paths([_parameter_names(group) for group in groups])
    for index, group in enumerate(groups):
        own = group.get("name") or paths[index]
        name = given[index] if given is not None and index < len(given) else own
        text = name if isinstance(name, str) and name and name.isprintable() else str(index)
        text = (prefix + text)[:190]
        taken[text] += 1
        names.append(text if taken[text] == 1 else f"{text}#{taken[text]}")
    return tuple(names)


def _parameter_names(group: ParamGroup) -> list[str]:
    names = group.get("param_names")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def read_lr(lr: object, *, wait: bool = False) -> float | None:
    """The lr as a float; None for no lr.

    A tensor on a device is nan, unless we may ``wait`` for the device, on the training thread only.
    """
    if type(lr) is float:
        return lr
    if is_tensor(lr):
        return float(lr.item()) if lr.is_cpu or wait else float("nan")
    return float(lr) if isinstance(lr, Real) else None


def write_lr(group: ParamGroup, value: float) -> None:
    """Make ``value`` the group's lr: in place if it is a tensor, as compiled code holds its address."""
    lr = group.get("lr")
    if is_tensor(lr):
        _fill(lr, value)
    else:
        group["lr"] = value


def shared_lrs(groups: Sequence[ParamGroup], names: Sequence[str]) -> tuple[frozenset[str], ...]:
    """The sets of group names that share one lr tensor."""
    owners: dict[int, list[str]] = {}
    for group, name in zip(groups, names, strict=True):
        lr = group.get("lr")
        if is_tensor(lr):
            owners.setdefault(id(lr), []).append(name)
    return tuple(frozenset(o) for o in owners.values() if len(o) > 1)


class Overlay:
    """The effective lrs written over the plan in one optimizer, and what stood there before."""

    __slots__ = ("_floats", "_tensors")

    def __init__(self) -> None:
        self._floats: list[tuple[ParamGroup, object, float]] = []
        self._tensors: list[tuple[torch.Tensor, torch.Tensor]] = []

    def __bool__(self) -> bool:
        return bool(self._floats or self._tensors)

    def lay(
        self,
        groups: Iterable[ParamGroup],
        planned: Sequence[float | None],
        effective: Sequence[float | None],
    ) -> list[float | None]:
        """Write ``effective`` where it differs from ``planned``; a tensor shared by groups only once.

        Returns the lrs as they then stand (a float32 tensor rounds).
        """
        standing: list[float | None] = []
        written: dict[int, float] = {}
        for group, plan, value in zip(groups, planned, effective, strict=True):
            lr = group.get("lr")
            if value is None or value == plan or plan is None:
                standing.append(plan)
            elif is_tensor(lr):
                if id(lr) not in written:
                    self._tensors.append((lr, lr.detach().clone()))
                    _fill(lr, value)
                    written[id(lr)] = float(lr.item()) if lr.is_cpu else value
                standing.append(written[id(lr)])
            else:
                self._floats.append((group, lr, value))
                group["lr"] = value
                standing.append(value)
        return standing

    def restore(self) -> None:
        """Put back what stood there, bit for bit; leave alone what someone has changed since."""
        for group, original, value in self._floats:
            if group.get("lr") is value:
                group["lr"] = original
        for tensor, saved in self._tensors:
            _copy(tensor, saved)
        self._floats.clear()
        self._tensors.clear()


def _fill(tensor: torch.Tensor, value: float) -> None:
    with sys.modules["torch"].no_grad():
        tensor.fill_(value)


def _copy(tensor: torch.Tensor, saved: torch.Tensor) -> None:
    with sys.modules["torch"].no_grad():
        tensor.copy_(saved)
