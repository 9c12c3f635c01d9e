"""Reading settings: base, total, epoch, step, and param groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rheostat.schedule.diagnostics import Span
from rheostat.schedule.tree.groups import LIMIT_RANGE
from rheostat.schedule.tree.nodes import Duration, Expression, Group, Setting, Stage, Value

from . import quantities
from .cursor import Cursor
from .names import name
from .tokens import Kind

__all__ = ["LIMIT_STAGES", "base_value", "clock", "group"]

LIMIT_STAGES = 200

# What a setting is called elsewhere, and here.
_SYNONYMS = {
    "base": "base", "lr": "base", "learning_rate": "base", "base_lr": "base", "max_lr": "base",
    "peak_lr": "base", "total": "total", "total_steps": "total", "max_steps": "total",
    "num_training_steps": "total", "steps": "total", "iterations": "total",
    "epoch": "epoch", "steps_per_epoch": "epoch", "step": "step",
}  # fmt: skip
_NAMES: dict[str, Literal["total", "epoch", "step"]] = {"total": "total", "epoch": "epoch", "step": "step"}
_UNITS = {"total": ("", "st", "ep", "tok", "sp"), "epoch": ("", "st", "tok", "sp"), "step": ("tok", "sp")}


def misnamed(cursor: Cursor) -> tuple[Span, str] | None:
    """See a setting by another name, or with a sign behind it: ``lr=3e-4``, ``total: 100k``."""
    word, ahead = cursor.here, cursor.ahead
    name = _SYNONYMS.get(word.text) if word.kind is Kind.WORD else None
    if name is None:
        return None
    if ahead.kind in {Kind.EQUAL, Kind.COLON}:
        gap = "" if not cursor.peek(2).glued else " "
        return word.span.to(ahead.span), name + gap
    if ahead.kind is Kind.NUMBER and word.text != name:
        return word.span, name
    return None


def base_value(cursor: Cursor) -> Value:
    """Read a base lr."""
    found = quantities.value(cursor)
    if found.u:
        raise cursor.fault(cursor.spans.of(found), "base", "a base lr is a learning rate", "write base 3e-4")
    return found


def clock(cursor: Cursor) -> Setting:
    """Read the length of the run or of an epoch, or the tokens in a step."""
    word = cursor.take()
    amount = _amount(cursor, word.text)
    if word.text != "step" or not (cursor.at_word("for") or cursor.at(Kind.COMMA)):
        return cursor.put(Setting(name=_NAMES[word.text], amount=amount), word.span)
    stages = [Stage(amount, _stage_length(cursor, amount))]
    while cursor.accept(Kind.COMMA):
        if len(stages) >= LIMIT_STAGES:
            message = f"more than {LIMIT_STAGES} stages"
            raise cursor.fault(cursor.last.span, "too-many", message, "take fewer, longer stages")
        then = _amount(cursor, word.text)
        if then.u != amount.u:
            span = cursor.spans.of(then)
            raise cursor.fault(span, "unit", f"the stages count in {amount.u}", f"write it in {amount.u}")
        stages.append(Stage(then, _stage_length(cursor, amount)))
    if any(stage.length is None for stage in stages[:-1]) or stages[-1].length is not None:
        span = word.span.to(cursor.last.span)
        message = "each stage but the last has a length"
        raise cursor.fault(span, "step", message, "write step 1Mtok for 10k, 4Mtok")
    first, *rest = stages
    found = Setting(name="step", amount=amount, length=first.length, then=tuple(rest))
    return cursor.put(found, word.span)


def _amount(cursor: Cursor, word: str) -> Duration:
    amount = quantities.duration(cursor, f"a length after '{word}', as 100k")
    if amount.u == "" and cursor.at(Kind.WORD) and not cursor.at_word("for"):
        raise quantities.apart(cursor)
    if amount.u not in _UNITS[word] or amount.v == 0:
        hint = "write step 4Mtok" if word == "step" else f"write {word} 1000"
        message = f"'{word}' cannot be '{amount.spelling}{amount.u}'"
        mended = None
        if word == "step" and amount.u == "" and amount.v:
            mended = f"{amount.spelling}tok"
            hint = f"did you mean {mended}?"
        raise cursor.fault(cursor.spans.of(amount), "unit", message, hint, mended)
    return amount


def _stage_length(cursor: Cursor, amount: Duration) -> Duration | None:
    if not cursor.at_word("for"):
        return None
    cursor.take()
    length = quantities.duration(cursor)
    if length.u not in {"", "st", amount.u} or length.v == 0:
        span = cursor.spans.of(length)
        raise cursor.fault(span, "unit", f"a stage lasts steps or {amount.u}", "write 10k")
    return length


def group(cursor: Cursor, curve: Callable[[], Expression]) -> Group:
    """Read a param group, or a range of them; ``curve`` reads what stands behind the ``=``."""
    start = cursor.take().span
    called = name(cursor, "a param group")
    numbers = _range(cursor) if cursor.at(Kind.LEFT_SQUARE) else None
    base = own = None
    if cursor.at_word("base"):
        cursor.take()
        base = base_value(cursor)
    elif (found := _bare_base(cursor)) is not None:
        raise cursor.instead("'base' and a learning rate", *found)
    if cursor.accept(Kind.EQUAL):
        own = curve()
    return cursor.put(Group(name=called, range=numbers, base=base, curve=own), start)


def _bare_base(cursor: Cursor) -> tuple[Span, str] | None:
    """See a base lr without its word: ``group head 1e-4``, ``group head lr=1e-4``, ``group head: 1e-4``."""
    here, ahead = cursor.here, cursor.ahead
    if here.kind is Kind.NUMBER:
        return here.span, f"base {here.text}"
    if here.kind is Kind.COLON and ahead.kind is Kind.NUMBER:
        return here.span.to(ahead.span), f" base {ahead.text}"
    if _SYNONYMS.get(here.text) != "base":
        return None
    signed = ahead.kind in {Kind.EQUAL, Kind.COLON}
    return (here.span.to(ahead.span), "base ") if signed else (here.span, "base")


def _range(cursor: Cursor) -> tuple[int, int]:
    start = cursor.take().span
    first = _whole(cursor)
    if not cursor.accept(Kind.RANGE):
        raise cursor.expected("'..' and the last number", "write layer[0..11]")
    last = _whole(cursor)
    cursor.expect(Kind.RIGHT_SQUARE, "']'")
    if not first <= last < first + LIMIT_RANGE:
        span = Span(start.start, cursor.last.span.end)
        message = f"a range goes up, over at most {LIMIT_RANGE} groups"
        raise cursor.fault(span, "range", message, "write layer[0..11]")
    return first, last


def _whole(cursor: Cursor) -> int:
    token = cursor.here
    if token.kind is not Kind.NUMBER or not token.text.isdigit() or len(token.text) > 9:
        raise cursor.expected("a whole number below 1e9", "write layer[0..11]")
    cursor.take()
    return int(token.text)
