"""What a plan is in words: figures, parts, jumps; and faults beneath the text they are in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rheostat.schedule import Analysis, Diagnostic
from rheostat.schedule.drawing.ticks import spell_count, spell_lr

__all__ = ["faults", "table"]

_MOST = 20


def table(found: Analysis) -> list[str]:
    """The figures of a plan, then a line for each part and each jump."""
    mean = found.area / found.total
    rows = [
        ("steps", f"{found.total:,}"),
        ("lr", f"{spell_lr(found.first)} at step 0, {spell_lr(found.last)} at the last"),
        ("range", f"{spell_lr(found.minimum)} to {spell_lr(found.maximum)}"),
        ("area", f"{found.area:.6g}, mean lr {spell_lr(mean)}"),
    ]
    lines = [f"{name:>9}  {value}" for name, value in rows]
    return lines + _parts(found) + _jumps(found)


def _parts(found: Analysis) -> list[str]:
    if len(found.parts) < 2:
        return []
    head = ["", f"{'from':>9}  {'to':>9}  {'steps':>6}  {'area':>6}  part"]
    rows = [
        f"{_step(part.start):>9}  {_step(part.end):>9}"
        f"  {(part.end - part.start) / found.total:>6.1%}  {part.share:>6.1%}  {part.label}"
        for part in found.parts[:_MOST]
    ]
    return head + rows + _more(len(found.parts), "parts")


def _jumps(found: Analysis) -> list[str]:
    if not found.jumps:
        return []
    rows = [
        f"{jump.step:>9,}  {spell_lr(jump.before)} -> {spell_lr(jump.after)}" for jump in found.jumps[:_MOST]
    ]
    return ["", f"{'jump at':>9}", *rows, *_more(len(found.jumps), "jumps")]


def _more(count: int, what: str) -> list[str]:
    return [f"{'…':>9}  {count - _MOST:,} more {what}"] if count > _MOST else []


def _step(value: float) -> str:
    return f"{value:,.0f}" if value < 1e7 else spell_count(value)


def faults(text: str, found: Iterable[Diagnostic], paint: Sequence[str] = ("", "", "")) -> list[str]:
    """Each finding with its line of text and carets beneath the span.

    ``paint`` are the escape sequences for an error, a warning, and back to plain.
    """
    lines = text.split("\n")
    told: list[str] = []
    for one in found:
        start = paint[0] if one.severity == "error" else paint[1]
        told.append(f"{start}{one.severity}{paint[2]} at {one.line}:{one.column}: {one.message}")
        if one.length and one.line <= len(lines):
            line = lines[one.line - 1]
            room = max(1, min(one.length, len(line) - one.column + 1))
            # Tabs stay tabs, so that the carets stand beneath the span at any tab width.
            pad = "".join("\t" if c == "\t" else " " for c in line[: one.column - 1])
            told += [f"    {line}", f"    {pad}{start}{'^' * room}{paint[2]}"]
        if one.suggestion:
            told.append(f"    {one.suggestion}")
    return told
