"""One text for several param groups: a curve and a base lr for each, under distinct names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rheostat.schedule.diagnostics import ConversionError, ScheduleError
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.text.format import spell_name
from rheostat.schedule.tree.nodes import spell

__all__ = ["named", "written"]


def written(curves: list[str], bases: list[float], labels: list[str]) -> Schedule:
    """Make a schedule of a curve and a base lr for each param group."""
    if len(curves) == 1:
        text = f"base {spell(bases[0])}\n{curves[0]}"
    else:
        common = all(curve == curves[0] for curve in curves)
        lines = [curves[0]] if common else []
        for label, base, curve in zip(labels, bases, curves, strict=True):
            own = "" if common else f" = {{\n{curve}\n}}"
            lines.append(f"group {spell_name(label)} base {spell(base)}{own}")
        text = "\n".join(lines)
    try:
        return parse(text)
    except ScheduleError as error:
        raise ConversionError(f"the language cannot say this scheduler: {error}") from None


def named(param_groups: Sequence[Mapping[str, float]], count: int, names: Sequence[str] | None) -> list[str]:
    """Return a distinct name for each group: as given, else its own, else its number."""
    given = list(names) if names is not None else [str(g.get("name", i)) for i, g in enumerate(param_groups)]
    if len(given) != count:
        raise ConversionError(f"expected {count} group names, got {len(given)}")
    return given if len(set(given)) == count else [str(i) for i in range(count)]
