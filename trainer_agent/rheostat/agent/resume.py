"""Resume: what a checkpoint keeps of an agent, and what it says when the job goes on under another plan."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import msgspec

from rheostat.control.states import Saved
from rheostat.wire import Plan, Resumed

__all__ = ["Kept", "compare", "load", "save"]

FORMAT = 1


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint at ``step`` held: the commands, the plan, and the plan's lr of each group there."""

    step: int
    saved: Saved
    plan: Plan | None
    planned: dict[str, float]


def save(step: int, saved: Saved, plan: Plan, planned: Mapping[str, float]) -> dict[str, object]:
    """Plain values, which torch loads with ``weights_only=True``."""
    return {
        "format": FORMAT,
        "step": step,
        "control": msgspec.json.encode(saved).decode(),
        "plan": msgspec.json.encode(plan).decode(),
        "planned": {group: lr for group, lr in planned.items() if isfinite(lr)},
    }


def load(state: Mapping[str, object]) -> Kept:
    """Read what `save` wrote, or an earlier version that had no plan in it.

    Raises:
        ValueError: it is not the state of an agent.
        KeyError: something is missing from it.
    """
    step, control = state["step"], state["control"]
    if state.get("format") != FORMAT or type(step) is not int or step < 0 or not isinstance(control, str):
        raise ValueError(f"expected the state of an agent, format {FORMAT}, got {sorted(state)}")
    plan = state.get("plan")
    return Kept(
        step=step,
        saved=msgspec.json.decode(control, type=Saved),
        plan=msgspec.json.decode(plan, type=Plan) if isinstance(plan, str) else None,
        planned=msgspec.convert(state.get("planned", {}), dict[str, float]),
    )


def compare(kept: Kept, plan: Plan, planned: Mapping[str, float]) -> Resumed | None:
    """What is to be told if ``plan`` is another than the checkpoint's; None if it is the same or was none.

    ``planned`` are the lrs the groups stand at, for plans that cannot be asked.
    """
    old = kept.plan
    if old is None or old.origin == "none" or _meaning(old) == _meaning(plan):
        return None
    names = kept.planned.keys() | planned.keys()
    return Resumed(
        step=kept.step,
        old=old,
        new=plan,
        old_lr=kept.planned,
        new_lr=_rates(plan, kept.step, names) or {g: lr for g, lr in planned.items() if isfinite(lr)},
    )


def _meaning(plan: Plan) -> tuple[object, ...]:
    """What makes two plans the same: ``base`` and ``total`` may stand in the text or beside it."""
    return plan.text, plan.total, plan.epoch, plan.base


def _rates(plan: Plan, step: int, groups: set[str]) -> dict[str, float]:
    """The lr of each group at ``step``, where the plan can be asked."""
    from rheostat.schedule import parse  # noqa: PLC0415

    try:
        schedule = parse(plan.text)
        bound = {
            group: schedule.bind(base=plan.base.get(group), total=plan.total, epoch=plan.epoch, group=group)
            for group in groups
        }
        return {group: float(curve(step)) for group, curve in bound.items()}
    except ValueError:
        return {}
