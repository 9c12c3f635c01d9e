"""Curves as text: a canvas with a scale on the left and steps beneath. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rheostat.schedule.drawing.svg import Line
from rheostat.schedule.drawing.ticks import log_ticks, spell_count, spell_lr, ticks
from rheostat_server.terminal.canvas import Canvas

__all__ = ["Style", "dots_across", "draw"]

PAINT = ("\033[34m", "\033[33m", "\033[32m", "\033[35m", "\033[31m", "\033[36m")
_SCALE = 10


@dataclass(frozen=True, slots=True)
class Style:
    """How to draw: characters across and down, a logarithmic axis, colours, stars for want of Braille.

    ``zero``: a linear axis starts at 0.
    """

    width: int = 80
    height: int = 16
    log: bool = False
    colour: bool = False
    plain: bool = False
    zero: bool = True


def dots_across(style: Style) -> int:
    """The columns of dots that a curve is drawn on."""
    return 2 * max(style.width - _SCALE - 2, 8)


def draw(curves: Sequence[Line], style: Style, *, last: int | None = None) -> list[str]:
    """Draw curves on common axes up to the step ``last``, with a legend where there are several."""
    canvas = Canvas(dots_across(style) // 2, style.height)
    low, high = _range(curves, style)
    last = last or max(1, *(int(curve.x[-1]) + 1 for curve in curves))
    for owner, curve in enumerate(curves):
        shown = (curve.y > 0 if style.log else np.isfinite(curve.y)) & (curve.x < last)
        across = curve.x[shown] * ((2 * canvas.columns - 1) / last)
        up = (_axis(curve.y[shown], style.log) - low) / (high - low) * (4 * canvas.rows - 1)
        if len(across):
            canvas.line(across.astype(np.float64), up, owner)
    rows = canvas.text(PAINT if style.colour else (), plain=style.plain)
    named = _scale(low, high, style)
    side, corner, floor = ("|", "+", "-") if style.plain else ("┤", "└", "─")
    found = [f"{named.get(at, ''):>{_SCALE}} {side}{row}" for at, row in enumerate(rows)]
    found.append(f"{'':>{_SCALE}} {corner}{floor * canvas.columns}")
    found.append(" " * (_SCALE + 2) + _steps(last, canvas.columns))
    return found + (_legend(curves, style) if len(curves) > 1 else [])


def _axis(values: npt.NDArray[np.float64], log: bool) -> npt.NDArray[np.float64]:
    return np.log10(values) if log else values


def _range(curves: Sequence[Line], style: Style) -> tuple[float, float]:
    """The ends of the value axis, as exponents of ten where it is logarithmic."""
    values = np.concatenate([curve.y for curve in curves])
    values = values[np.isfinite(values)]
    if style.log and bool((values > 0).any()):
        values = np.log10(values[values > 0])
    elif style.zero or not len(values):
        return 0.0, float(values.max(initial=0.0)) or 1.0
    low, high = float(values.min()), float(values.max())
    return (low, high) if high - low > 1e-9 * max(abs(low), 1e-9) else (low - 1.0, high + 1.0)


def _scale(low: float, high: float, style: Style) -> dict[int, str]:
    """The words beside rows: round values, each at the row nearest to it."""
    wanted = max(2, style.height // 4)
    values = log_ticks(10.0**low, 10.0**high, wanted) if style.log else ticks(low, high, wanted)
    places = _axis(np.array(values), style.log)
    last = style.height - 1
    rows = np.rint((1 - (places - low) / (high - low)) * last).astype(np.int64).tolist()
    return {row: spell_lr(value) for row, value in zip(rows, values, strict=True) if 0 <= row <= last}


def _steps(last: int, columns: int) -> str:
    words = [" "] * columns
    for value in ticks(0.0, float(last), max(2, columns // 12)):
        text = spell_count(value)
        at = min(round(value / last * (columns - 1)), columns - len(text))
        # A word that would touch the one before is left out.
        if at == 0 or "".join(words[at - 1 : at + len(text)]).isspace():
            words[at : at + len(text)] = text
    return "".join(words).rstrip()


def _legend(curves: Sequence[Line], style: Style) -> list[str]:
    names = []
    for owner, curve in enumerate(curves):
        mark = "*" if style.plain else "━"
        paint = PAINT[owner % len(PAINT)]
        names.append(f"{paint}{mark}\033[0m {curve.name}" if style.colour else curve.name)
    return [" " * (_SCALE + 2) + "   ".join(names)]
