"""Compatibility: what a change of lr will do to this optimizer, said in sentences before anyone tries."""

from __future__ import annotations

from collections.abc import Sequence

from rheostat.agent.groups import ParamGroup, is_tensor
from rheostat.control.limits import Refusal

__all__ = ["refusal_of", "report_on"]

_DECOUPLED = {"AdamW", "SGD", "Lion", "Muon", "LARS", "LAMB"}


def refusal_of(optimizer: object) -> Refusal | None:
    """Why no command can work on ``optimizer``, if so."""
    if "Rprop" in _family(optimizer):
        return Refusal(
            "no_effect",
            "Rprop reads its lr only before the first step, so a change would do nothing; "
            "use another optimizer to steer the lr",
        )
    return None


def report_on(name: str, optimizer: object, groups: Sequence[ParamGroup]) -> tuple[str, ...]:
    """The compatibility report on one optimizer, a sentence an item."""
    kind = type(optimizer).__name__
    family = _family(optimizer)
    called = f"optimizer {name!r} ({kind})" if name else kind
    sentences = [f"Found {called} with {len(groups)} param group{'' if len(groups) == 1 else 's'}."]
    refusal = refusal_of(optimizer)
    if refusal is not None:
        return (*sentences, f"Commands are refused: {refusal.message}.")
    if "ASGD" in family:
        sentences.append("ASGD computes its rate a step ahead: an override at step t acts from t + 1 on.")
    if any("ScheduleFree" in each for each in family):
        sentences.append("A raised lr leaves a lasting trace in the averaging weights of schedule-free.")
    if family & _DECOUPLED and any(g.get("weight_decay") for g in groups):
        sentences.append(f"{kind} multiplies weight decay by the lr: an override changes the decay with it.")
    missing = [i for i, g in enumerate(groups) if g.get("lr") is None]
    if missing:
        listed = ", ".join(map(str, missing))
        sentences.append(f"Param groups {listed} have no lr (relative steps): they cannot be steered.")
    if any(g.get("fused") for g in groups):
        sentences.append("With a gradient scaler, a fused optimizer counts skipped updates as steps.")
    tensors = [lr for g in groups if is_tensor(lr := g.get("lr"))]
    if any(not lr.is_cpu for lr in tensors):
        sentences.append("An lr on a device is not read, as that would wait for it: not drawn, not steered.")
    elif tensors:
        sentences.append("The lr is a tensor: overrides are written in place, rounded to its type.")
    return tuple(sentences)


def _family(optimizer: object) -> set[str]:
    return {each.__name__ for each in type(optimizer).__mro__}
