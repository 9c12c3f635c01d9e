"""torch's ReduceLROnPlateau as a plateau part: the same rules, on a metric of the run."""

from __future__ import annotations

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.text.format import spell_name
from rheostat.schedule.tree.nodes import spell

from .classes import Scheduler, attribute, number, whole
from .piece import factor, finite

__all__ = ["NAME", "plateau"]

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
