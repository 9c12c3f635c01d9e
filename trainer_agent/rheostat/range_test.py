"""The lr range test: train a little while the lr rises, and see where the loss falls and where it breaks.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3. Model, optimizer and
random numbers are put back bit for bit; how far the data has been read is the caller's.
"""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from rheostat.agent.attach import attach
from rheostat.agent.groups import is_tensor, read_lr, unwrap, write_lr
from rheostat.agent.values import plain

if TYPE_CHECKING:
    import torch

__all__ = ["LrFind", "lr_find", "suggest"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LrFind:
    """What a range test saw: lrs of the first param group, losses and smoothed losses, each of shape (n,).

    ``steepest`` is the lr where the loss fell fastest, ``valley`` the middle of its longest fall,
    ``minimum_10`` a tenth of the lr where it was least; None where the loss never fell. ``diverged`` tells
    that the test stopped early.
    """

    lrs: Floats
    losses: Floats
    smoothed: Floats
    steepest: float | None
    valley: float | None
    minimum_10: float | None
    diverged: bool

    def __str__(self) -> str:
        if self.steepest is None or self.valley is None or self.minimum_10 is None:
            return f"lr_find: the loss never fell in {len(self.lrs)} steps; begin lower or take more steps"
        end = f"diverged at {self.lrs[-1]:.3g}" if self.diverged else f"reached {self.lrs[-1]:.3g}"
        return (
            f"lr_find: steepest {self.steepest:.3g}, valley {self.valley:.3g}, "
            f"minimum/10 {self.minimum_10:.3g}; {end} after {len(self.lrs)} steps"
        )


def lr_find(
    model_step: Callable[[], object],
    optimizer: torch.optim.Optimizer,
    *,
    model: torch.nn.Module | None = None,
    start: float = 1e-7,
    end: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
    diverged_at: float = 4.0,
    run: str = "lr-find",
    project: str = "default",
    server: str | Literal[False] | None = None,
    token: str | None = None,
) -> LrFind:
    """Raise the lr from ``start`` to ``end`` in equal ratios over ``steps`` updates.

    ``model_step()`` makes the gradients of one batch and returns its loss; the step is taken here. Other
    groups keep their ratio to the first. The test stops when the smoothed loss is no number or
    ``diverged_at`` times its least. Give ``model`` if it has buffers, as batch norm has. Shown live as
    ``run``; call it before `rheostat.attach`, as an optimizer has one agent at a time.

    Raises:
        ValueError: an argument is out of range.
        Exception: whatever ``model_step`` raises, after everything has been put back.
    """
    _check(start, end, steps, smoothing, diverged_at)
    inner: torch.optim.Optimizer = unwrap(optimizer) or optimizer  # type: ignore[assignment]
    lrs = start * (end / start) ** (np.arange(steps) / (steps - 1))
    ratios = _ratios([read_lr(g.get("lr")) for g in inner.param_groups])
    losses: list[float] = []
    smoothed: list[float] = []
    with (
        _restored(inner, model),
        attach(
            inner, run=run, project=project, total=steps, server=server, token=token, control=False
        ) as agent,
    ):
        for lr in lrs.tolist():
            for group, ratio in zip(inner.param_groups, ratios, strict=True):
                write_lr(group, lr * ratio)
            loss = plain("loss", model_step())
            optimizer.step()
            losses.append(loss)
            smoothed.append(_smooth(losses[-1], smoothed, smoothing))
            agent.log(loss=loss, smoothed_loss=smoothed[-1])
            if not math.isfinite(loss) or smoothed[-1] > diverged_at * min(smoothed):
                break
    seen = lrs[: len(losses)]
    steepest, valley, minimum = suggest(seen, np.array(smoothed))
    return LrFind(seen, np.array(losses), np.array(smoothed), steepest, valley, minimum, len(losses) < steps)


def suggest(lrs: Floats, losses: Floats) -> tuple[float | None, float | None, float | None]:
    """The lr of the steepest fall over log lr, of the middle of the longest fall, a tenth of the minimum's.

    ``lrs`` rise, both of shape (n,); what follows the first loss that is no number is left out. The longest
    fall is the longest strictly falling subsequence, as fastai's "valley" has it. All None if nothing falls.
    """
    broken = np.flatnonzero(~np.isfinite(losses))
    count = int(broken[0]) if broken.size else len(losses)
    lrs, losses = lrs[:count], losses[:count]
    if count < 3:
        return None, None, None
    slopes = np.gradient(losses, np.log(lrs))
    first, last = _longest_fall(losses)
    if slopes.min() >= 0.0 or first == last:
        return None, None, None
    steepest = float(lrs[int(slopes.argmin())])
    return steepest, float(lrs[(first + last) // 2]), float(lrs[int(losses.argmin())]) / 10.0


def _longest_fall(losses: Floats) -> tuple[int, int]:
    """Where the longest strictly falling subsequence begins and ends."""
    lengths = np.ones(len(losses), dtype=np.int64)
    begins = np.arange(len(losses))
    for at in range(1, len(losses)):
        before = np.flatnonzero(losses[:at] > losses[at])
        if before.size:
            best = before[int(lengths[before].argmax())]
            lengths[at], begins[at] = lengths[best] + 1, begins[best]
    last = int(lengths.argmax())
    return int(begins[last]), last


def _smooth(loss: float, before: Sequence[float], keep: float) -> float:
    """Exponential mean of the losses so far, free of the bias towards 0: weights keep^k."""
    n = len(before)
    if not n or keep == 0.0:
        return loss
    weight = (1.0 - keep**n) / (1.0 - keep)
    return (keep * weight * before[-1] + loss) / (keep * weight + 1.0)


def _ratios(lrs: Sequence[float | None]) -> list[float]:
    """Each group's lr over the first group's; 1 where that says nothing."""
    first = lrs[0]
    return [1.0 if not first or not lr else lr / first for lr in lrs]


def _check(start: float, end: float, steps: int, smoothing: float, diverged_at: float) -> None:
    for name, fine, expected in (
        ("start", 0.0 < start < math.inf, "an lr above 0"),
        ("end", start < end < math.inf, f"an lr above start ({start:g})"),
        ("steps", steps >= 3, "3 or more"),
        ("smoothing", 0.0 <= smoothing < 1.0, "0 (none) up to, but not, 1"),
        ("diverged_at", diverged_at > 1.0, "a factor above 1"),
    ):
        if not fine:
            raise ValueError(f"lr_find: {name} is out of range; expected {expected}")


def _put_back(group: dict[str, Any], kept: Mapping[str, Any]) -> None:
    """Give a param group its values again: some optimizers count there; a tensor lr stays the same tensor."""
    lr = group.get("lr")
    if is_tensor(lr):
        lr.copy_(kept["lr"])
        kept = {**kept, "lr": lr}
    for key in group.keys() - kept.keys() - {"params"}:
        del group[key]
    group.update(kept)


@contextmanager
def _restored(optimizer: torch.optim.Optimizer, model: torch.nn.Module | None) -> Iterator[None]:
    """Whatever happens, put back parameters, gradients, buffers, optimizer state, groups, random numbers."""
    import torch  # noqa: PLC0415

    parameters = [p for g in optimizer.param_groups for p in g["params"]]
    tensors = parameters + ([] if model is None else [*model.parameters(), *model.buffers()])
    values = [(t, t.detach().clone()) for t in tensors]
    grads = [(p, None if p.grad is None else p.grad.detach().clone()) for p in parameters]
    kept = [{k: copy.deepcopy(v) for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
    state = {p: copy.deepcopy(s) for p, s in optimizer.state.items()}
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    numbers = torch.get_rng_state(), random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, value in values:
                tensor.copy_(value)
            for group, before in zip(optimizer.param_groups, kept, strict=True):
                _put_back(group, before)
        for parameter, grad in grads:
            parameter.grad = grad
        optimizer.state.clear()
        optimizer.state.update(state)
        torch.set_rng_state(numbers[0])
        random.setstate(numbers[1])
        np.random.set_state(numbers[2])
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
