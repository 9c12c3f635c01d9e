"""Compatibility: what a change of lr will do to this optimizer, said in sentences before anyone tries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rheostat.agent.groups import ParamGroup, is_tensor
from rheostat.control.command import Limits
from rheostat.control.kinds import KINDS
from rheostat.control.limits import Refusal

__all__ = ["Reach", "commands_here", "reach_of", "refusal_of", "report_on", "suited", "summary"]

Reach = Literal["immediate", "late", "ratchet", "none", "unknown"]
"""When a changed lr acts: in the same step; a step later; so that a raise leaves a trace for good; never."""

_IMMEDIATE = (
    {"SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "SparseAdam", "Adagrad", "Adadelta", "RMSprop"}
    | {"Adafactor", "LBFGS", "Muon", "Lion", "LARS", "LAMB", "AdEMAMix"}
    | {"Adam8bit", "AdamW8bit", "Lion8bit", "RMSprop8bit", "SGD8bit"}
)
_DECOUPLED = {"AdamW", "SGD", "Lion", "Muon", "LARS", "LAMB"}
_REACHES: dict[Reach, str] = {
    "immediate": "A change of lr acts in the same step.",
    "late": "ASGD computes its rate a step ahead: an override at step t acts from t + 1 on.",
    "ratchet": (
        "Schedule-free weighs its average by the highest lr so far: a raised lr leaves a lasting trace, so "
        "by default none above the plan is allowed (limits=Limits(max_ratio=...) to allow it)."
    ),
    "unknown": "It is not among those we know: a change of lr is taken to act in the same step.",
}


def reach_of(optimizer: object) -> Reach:
    """When a change of lr acts on ``optimizer``."""
    family = _family(optimizer)
    if "Rprop" in family:
        return "none"
    if "ASGD" in family:
        return "late"
    if any("ScheduleFree" in each for each in family):
        return "ratchet"
    return "immediate" if family & _IMMEDIATE else "unknown"


def suited(limits: Limits | None, optimizers: Sequence[object]) -> Limits:
    """The limits given, else the default ones, which forbid what leaves a trace for good."""
    if limits is not None:
        return limits
    return Limits(max_ratio=1.0) if "ratchet" in map(reach_of, optimizers) else Limits()


def refusal_of(optimizer: object) -> Refusal | None:
    """Why no command can work on ``optimizer``, if so."""
    if reach_of(optimizer) == "none":
        return Refusal(
            "no_effect",
            "Rprop reads its lr only before the first step, so a change would do nothing; "
            "use another optimizer to steer the lr",
        )
    return None


def report_on(
    name: str,
    optimizer: object,
    groups: Sequence[ParamGroup],
    wrappers: Sequence[object] = (),
    *,
    numbered: bool = False,
) -> tuple[str, ...]:
    """The compatibility report on one optimizer, a sentence an item.

    ``wrappers`` are those it was found in, outermost first; ``numbered``: the job tells its updates apart.
    """
    kind = type(optimizer).__name__
    called = f"optimizer {name!r} ({kind})" if name else kind
    inside = f" inside {' and '.join(type(w).__name__ for w in wrappers)}" if wrappers else ""
    sentences = [f"Found {called}{inside} with {len(groups)} param group{'' if len(groups) == 1 else 's'}."]
    refusal = refusal_of(optimizer)
    if refusal is not None:
        return (*sentences, f"Commands are refused: {refusal.message}.")
    return (
        *sentences,
        _REACHES[reach_of(optimizer)],
        *_cautions(optimizer, groups),
        *_parts(wrappers, numbered),
    )


def commands_here(limits: Limits, *, checkpoints: bool) -> str:
    """Which kinds of command others may give here, and why not the rest."""
    allowed = [kind for kind in KINDS if kind in limits.kinds]
    refused = [kind for kind in KINDS if kind not in limits.kinds]
    text = f"Commands allowed: {', '.join(allowed) or 'none'}"
    if refused:
        text += f"; not listed in limits.kinds and refused: {', '.join(refused)}"
    if "checkpoint" in allowed and not checkpoints:
        text += "; checkpoint is refused until on_checkpoint is given"
    return f"{text}."


def summary(optimizers: Sequence[object], scheduler: object | None, refusal: Refusal | None) -> str:
    """The report in one line, for the log."""
    found = " and ".join(type(each).__name__ for each in optimizers)
    driven = "no scheduler" if scheduler is None else type(scheduler).__name__
    reaches = {"immediate": "at the same step", "unknown": "at the same step", "late": "a step late"}
    reaches["ratchet"] = "at the same step, raises forbidden by default"
    if refusal is not None:
        return f"rheostat: {found}, {driven}; commands are refused: {refusal.message}"
    how = dict.fromkeys(reaches.get(reach_of(each), "never") for each in optimizers)
    return f"rheostat: {found}, {driven}; a changed lr acts {' / '.join(how)}"


def _cautions(optimizer: object, groups: Sequence[ParamGroup]) -> list[str]:
    kind, family = type(optimizer).__name__, _family(optimizer)
    found: list[str] = []
    if family & _DECOUPLED and any(g.get("weight_decay") for g in groups):
        found.append(f"{kind} multiplies weight decay by the lr: an override changes the decay with it.")
    missing = [i for i, g in enumerate(groups) if g.get("lr") is None]
    if len(missing) == len(groups):
        found.append("No param group has an lr (relative steps): commands that change it are refused.")
    elif missing:
        listed = ", ".join(map(str, missing))
        found.append(f"Param groups {listed} have no lr (relative steps): they cannot be steered.")
    if any(g.get("fused") for g in groups):
        found.append("Fused: with a gradient scaler the steps counted may include skipped updates.")
    return found + _kinds_of_lr(family, groups)


def _kinds_of_lr(family: set[str], groups: Sequence[ParamGroup]) -> list[str]:
    tensors = [lr for g in groups if is_tensor(lr := g.get("lr"))]
    if any(not lr.is_cpu for lr in tensors):
        return [
            "The lr is a tensor on a device: overrides are written in place. It is read, waiting for the "
            "device, only at steps under an override, and not drawn between them."
        ]
    if tensors:
        return ["The lr is a tensor: overrides are written in place, rounded to its type."]
    if "SGD" in family:
        return [
            "If this step is compiled, each new value of a float lr compiles it anew (SGD): make the lr a "
            "tensor, lr=torch.tensor(...)."
        ]
    return []


def _parts(wrappers: Sequence[object], numbered: bool) -> list[str]:
    """DeepSpeed's ZeRO steps the optimizer several times an update."""
    if not any(type(w).__module__.partition(".")[0] == "deepspeed" for w in wrappers):
        return []
    if numbered:
        return ["DeepSpeed steps it several times an update; the engine tells where one begins."]
    return [
        "DeepSpeed steps it once for each param group: an update counts when all have been stepped. Its "
        "third stage may do so several times a group: attach the engine, or give "
        "step_of=lambda: engine.global_steps."
    ]


def _family(optimizer: object) -> set[str]:
    return {each.__name__ for each in type(optimizer).__mro__}
