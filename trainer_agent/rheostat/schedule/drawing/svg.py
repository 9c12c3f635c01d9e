"""Curves as small stand-alone SVG pictures, for notebooks and for the documents: no library needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rheostat.schedule.curve.arith import Array

from .ticks import spell_count, spell_lr, ticks

if TYPE_CHECKING:
    from rheostat.schedule.plan import Plan

__all__ = ["COLOURS", "Line", "lines", "svg"]

COLOURS = ("#2563eb", "#c2410c", "#047857", "#7c3aed", "#be185d", "#4d7c0f")
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 24


@dataclass(frozen=True, slots=True)
class Line:
    """One curve to draw: its name, ascending steps and the value at each."""

    name: str
    x: npt.NDArray[np.int64]
    y: Array


def lines(plans: Iterable[Plan], width: int) -> tuple[Line, ...]:
    """Sample plans from step 0 to their horizon for ``width`` columns, each named by its group."""
    return tuple(Line(plan.group or "lr", *plan.sample(0, plan.horizon, width)) for plan in plans)


def svg(
    curves: Sequence[Line], *, width: int = 640, height: int = 220, unit: str = "", bare: bool = False
) -> str:
    """Draw curves on common axes from 0, with ``unit`` behind the values; ``bare`` leaves out the axes.

    Axes and words take the colour of the text around them, so that they show on light and dark pages.
    """
    left, right, top, bottom = (4, 4, 6, 6) if bare else (_LEFT, _RIGHT, _TOP, _BOTTOM)
    last = max(1.0, *(float(curve.x[-1]) + 1 for curve in curves))
    peak = max(float(curve.y.max()) for curve in curves) or 1.0
    across, down = width - left - right, height - top - bottom

    def place(x: Array, y: Array) -> tuple[Array, Array]:
        return left + x / last * across, top + (1 - y / (peak * 1.04)) * down

    body = [] if bare else _axes(last, peak, unit, (left, top, across, down))
    for number, curve in enumerate(curves):
        xs, ys = place(curve.x.astype(np.float64), curve.y)
        points = " ".join(f"{x:.6g},{y:.6g}" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))
        colour = COLOURS[number % len(COLOURS)]
        body.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-linejoin="round"><title>{escape(curve.name)}</title></polyline>'
        )
    if len(curves) > 1 and not bare:
        body += _legend(curves, left + across)
    names = escape(", ".join(curve.name for curve in curves), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="{names} over {spell_count(last)} steps, peak {spell_lr(peak)}{unit}" '
        f'font-family="system-ui, sans-serif" font-size="11">{"".join(body)}</svg>'
    )


def _axes(last: float, peak: float, unit: str, box: tuple[int, int, int, int]) -> list[str]:
    left, top, across, down = box
    foot = top + down
    faint = 'stroke="currentColor" stroke-opacity="0.15"'
    found = []
    for value in ticks(0.0, peak, 4):
        y = top + (1 - value / (peak * 1.04)) * down
        found.append(f'<line x1="{left}" x2="{left + across}" y1="{y:.6g}" y2="{y:.6g}" {faint}/>')
        words = f"{spell_lr(value)}{unit if value else ''}"
        found.append(_word(left - 6, y + 4, words, "end"))
    steps = ticks(0.0, last, 6)
    return found + [_word(left + s / last * across, foot + 16, spell_count(s), "middle") for s in steps]


def _legend(curves: Sequence[Line], right: int) -> list[str]:
    return [
        f'<text x="{right - 4}" y="{_TOP + 12 + 14 * number}" text-anchor="end" '
        f'fill="{COLOURS[number % len(COLOURS)]}">{escape(curve.name)}</text>'
        for number, curve in enumerate(curves[:12])
    ]


def _word(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.6g}" y="{y:.6g}" text-anchor="{anchor}" fill="currentColor">{escape(words)}</text>'
