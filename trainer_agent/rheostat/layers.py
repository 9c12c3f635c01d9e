"""Layers: named param groups with an lr for each layer, and layers that join the training later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from rheostat.agent.groups import names_of, unwrap

__all__ = ["freeze_until", "layer_groups", "layer_names"]


def layer_names(model: nn.Module) -> tuple[str, ...]:
    """The layers of ``model`` in the order they were made, named by their path.

    Whatever holds a stack (two or more modules of one kind, in a ModuleList or a Sequential) is opened up;
    all else is one layer.
    """
    return tuple(_layers(model, ""))


def layer_groups(
    model: nn.Module, lr: float, *, decay: float = 1.0, layers: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """One param group per layer: the last has ``lr``, each one before ``decay`` times the next one's.

    ``layers`` are paths of modules or parameters from input to output (default: `layer_names`); a parameter
    goes with the first that holds it. Frozen parameters are left out, and layers without any.

    Raises:
        ValueError: ``lr`` or ``decay`` is out of range, or parameters belong to no layer.
    """
    if lr <= 0.0 or not 0.0 < decay <= 1.0:
        raise ValueError(f"layer_groups: lr={lr:g}, decay={decay:g}; expected lr above 0, decay in (0, 1]")
    names = layer_names(model) if layers is None else tuple(layers)
    left = {n: p for n, p in model.named_parameters() if p.requires_grad}
    groups: list[dict[str, Any]] = []
    for name in names:
        mine = [n for n in left if n == name or n.startswith(f"{name}.")]
        if mine:
            groups.append({"name": name, "params": [left.pop(n) for n in mine], "lr": lr})
    if left:
        raise ValueError(
            f"layer_groups: {len(left)} parameters belong to no layer, such as {next(iter(left))!r}; "
            "name their modules in layers="
        )
    for index, group in enumerate(groups):
        group["lr"] = lr * decay ** (len(groups) - 1 - index)
    return groups


def freeze_until(optimizer: torch.optim.Optimizer, steps: Mapping[str, int], *, step: int = 0) -> None:
    """Freeze param groups, by name, until so many steps have been taken; ``step`` is how many there were.

    A frozen group gets no gradients: unlike an lr of 0 that leaves its moments and weight decay alone, and
    saves the backward pass. Not for models already wrapped in DDP, which wants every gradient.

    Raises:
        ValueError: there is no group of that name, or no optimizer with step hooks.
    """
    inner = unwrap(optimizer)
    if not isinstance(inner, torch.optim.Optimizer):
        raise ValueError(f"freeze_until: {type(optimizer).__name__} is no torch optimizer with step hooks")
    names = names_of(inner.param_groups, None)
    unknown = [name for name in steps if name not in names]
    if unknown:
        raise ValueError(f"freeze_until: no param group {unknown[0]!r}; there are {', '.join(names)}")
    waiting = {name: until for name, until in steps.items() if until > step}
    taken = step

    def thaw(*_: object) -> None:
        nonlocal taken
        taken += 1
        for name in [n for n, until in waiting.items() if until <= taken]:
            del waiting[name]
            _set_trained(inner.param_groups[names.index(name)]["params"], True)

    inner.register_step_post_hook(thaw)
    for name in waiting:
        _set_trained(inner.param_groups[names.index(name)]["params"], False)


def _set_trained(parameters: Iterable[nn.Parameter], trained: bool) -> None:
    for parameter in parameters:
        parameter.requires_grad_(trained)
        if not trained:
            parameter.grad = None


def _layers(module: nn.Module, path: str) -> list[str]:
    children = [(n, c) for n, c in module.named_children() if any(True for _ in c.parameters())]
    own = [n for n, _ in module.named_parameters(recurse=False)]
    if path and not any(_is_stack(m) for m in module.modules()):
        return [path]
    prefix = f"{path}." if path else ""
    return [prefix + n for n in own] + [layer for n, c in children for layer in _layers(c, prefix + n)]


def _is_stack(module: nn.Module) -> bool:
    kinds = [type(c) for c in module.children() if any(True for _ in c.parameters())]
    return (
        isinstance(module, nn.ModuleList | nn.Sequential) and len(kinds) > 1 and len(set(kinds)) < len(kinds)
    )
