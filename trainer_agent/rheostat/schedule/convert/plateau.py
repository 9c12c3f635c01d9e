"""torch's ReduceLROnPlateau as a plateau part, and back: the same rules, on a metric of the run."""

from __future__ import annotations

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.text.format import spell_name
from rheostat.schedule.tree.nodes import Plateau, spell

from .classes import Scheduler, attribute, number, whole
from .piece import factor, finite

__all__ = ["NAME", "arguments", "plateau"]

NAME = "ReduceLROnPlateau"


def plateau(scheduler: Scheduler, metric: str, group: int) -> str:
    """Say a ReduceLROnPlateau as it starts: what it has seen so far is no part of the text."""
    if attribute(scheduler, "num_bad_epochs") or attribute(scheduler, "cooldown_counter"):
        raise ConversionError(
            f"{NAME} is in the middle of counting, and its text would begin to count anew: "
            "read it before it is stepped"
        )
    given = {"factor": factor(number(scheduler, "factor")), "patience": str(whole(scheduler, "patience"))}
    if attribute(scheduler, "mode") == "max":
        given["mode"] = "max"
    given["threshold"] = spell(number(scheduler, "threshold"))
    if attribute(scheduler, "threshold_mode") == "abs":
        given["threshold_mode"] = "abs"
    if cooldown := whole(scheduler, "cooldown"):
        given["cooldown"] = str(cooldown)
    floors = attribute(scheduler, "min_lrs")
    assert isinstance(floors, list)
    if floor := finite(floors[group], f"{NAME}.min_lrs"):
        given["min"] = spell(floor)
    given["eps"] = spell(number(scheduler, "eps"))
    return f"plateau({spell_name(metric)}, {', '.join(f'{key}={value}' for key, value in given.items())})"


def arguments(node: Plateau) -> str:
    """Say a plateau as the arguments of ReduceLROnPlateau; what is left out is torch's own default.

    Raises ConversionError for the rule of another library, and for arithmetic.
    """
    if node.rule not in ("", "torch"):
        raise ConversionError(f"{NAME} follows torch's rule, not {node.rule}'s: run it with ScheduleLR")
    given: dict[str, object] = {}
    for name, value in (("factor", node.factor), ("min_lr", node.floor)):
        if value is not None and (value.of is not None or value.u == ("" if name == "factor" else "x")):
            raise ConversionError(f"{NAME} takes a number for {name}: run it with ScheduleLR")
        if value is not None:
            given[name] = value.v
    for name in ("patience", "cooldown", "threshold", "eps"):
        number = getattr(node, name)
        if number is not None:
            given[name] = int(number.v) if name in ("patience", "cooldown") else number.v
    given |= {name: getattr(node, name) for name in ("mode", "threshold_mode") if getattr(node, name)}
    return "".join(f", {name}={value!r}" for name, value in given.items())
