"""Reading ``plateau(metric, factor=0.1x, patience=10, …)``."""

from __future__ import annotations

from rheostat.schedule.diagnostics import Span, closest
from rheostat.schedule.tree.nodes import Number, Plateau, Value

from . import quantities
from .cursor import Cursor
from .names import name
from .stairs import factor
from .tokens import Kind

__all__ = ["ARGUMENTS", "plateau"]

# What stands in the parentheses, with the field of the tree where that is called otherwise.
ARGUMENTS = {
    "factor": "factor", "patience": "patience", "threshold": "threshold", "threshold_mode": "threshold_mode",
    "mode": "mode", "cooldown": "cooldown", "min": "floor", "eps": "eps", "rule": "rule",
}  # fmt: skip
_METRICS = ("monitor", "metric")
_WORDS = {"threshold_mode": ("rel", "abs"), "mode": ("min", "max"), "rule": ("torch", "keras", "optax")}
_SYNONYMS = {
    "min_lr": "min",
    "min_delta": "threshold",
    "rtol": "threshold",
    "gamma": "factor",
    "wait": "patience",
}
_LARGEST_COUNT = 1e9


def plateau(cursor: Cursor) -> Plateau:
    """Read a factor that falls when a metric stops getting better."""
    start = cursor.take().span
    _check_opening(cursor, start)
    metric = name(cursor, "a metric")
    said: dict[str, Value | Number | str] = {}
    while cursor.accept(Kind.COMMA):
        word = _argument(cursor, said)
        cursor.take()
        cursor.expect(Kind.EQUAL, f"'=' after {word}")
        said[ARGUMENTS[word]] = _read(cursor, word)
    cursor.expect(Kind.RIGHT, "',' and an argument, or ')'")
    return cursor.put(_checked(cursor, _made(metric, said), start), start)


def _check_opening(cursor: Cursor, start: Span) -> None:
    """Take the opening parenthesis; refuse a plateau that watches nothing."""
    if not cursor.at(Kind.LEFT):
        mended = "plateau(val_loss)"
        message = "plateau needs a metric to watch"
        raise cursor.fault(start, "expected", message, f"did you mean {mended}?", mended)
    cursor.take()
    here = cursor.here
    if cursor.at(Kind.RIGHT):
        raise cursor.instead("a metric", here.span, "val_loss)")
    known = here.text in ARGUMENTS or here.text in _SYNONYMS
    if known and cursor.ahead.kind is Kind.EQUAL:
        raise cursor.instead("a metric", here.span, f"val_loss, {here.text}")
    if here.text in _METRICS and cursor.ahead.kind is Kind.EQUAL:
        raise cursor.fault(
            here.span.to(cursor.ahead.span), "expected", "the metric comes first", "name it", ""
        )


def _made(metric: str, said: dict[str, Value | Number | str]) -> Plateau:
    return Plateau(metric=metric, **said)  # type: ignore[arg-type]


def _argument(cursor: Cursor, said: dict[str, Value | Number | str]) -> str:
    token = cursor.here
    if token.kind is Kind.NUMBER and len(said) < len(ARGUMENTS):
        word = next(one for one in ARGUMENTS if ARGUMENTS[one] not in said)
        factor_of = f"{token.digits}x" if word == "factor" else token.text
        raise cursor.instead("an argument as patience=10", token.span, f"{word}={factor_of}")
    if token.kind is not Kind.WORD:
        raise cursor.expected("an argument as patience=10", f"arguments are {', '.join(ARGUMENTS)}")
    if token.text not in ARGUMENTS:
        near = _SYNONYMS.get(token.text) or closest(token.text, ARGUMENTS)
        hint = f"did you mean '{near}'?" if near else f"arguments are {', '.join(ARGUMENTS)}"
        raise cursor.fault(token.span, "arguments", f"plateau knows no '{token.text[:40]}'", hint, near)
    if ARGUMENTS[token.text] in said:
        raise cursor.fault(token.span, "twice", f"'{token.text}' was said before", "remove one")
    return token.text


def _read(cursor: Cursor, word: str) -> Value | Number | str:
    token = cursor.here
    if word in _WORDS:
        if token.text not in _WORDS[word]:
            near = closest(token.text, _WORDS[word])
            raise cursor.expected(" or ".join(_WORDS[word]), f"write {near or _WORDS[word][0]}", near)
        return cursor.take().text
    if word == "factor":
        return factor(cursor, "factor")
    if word == "min":
        return quantities.value(cursor)
    found = quantities.number(cursor, f"a number for {word}")
    whole = word in {"patience", "cooldown"}
    if whole and (found.v != found.v // 1 or found.v > _LARGEST_COUNT):
        span = cursor.spans.of(found)
        raise cursor.fault(span, "arguments", f"{word} is a whole number up to 1e9", f"write {word}=10")
    return found


def _checked(cursor: Cursor, found: Plateau, start: Span) -> Plateau:
    """Refuse what the rule that was chosen does not know."""
    wrong = None
    if found.factor is not None and found.factor.of is None and found.factor.v >= 1:
        wrong = ("a factor below 1x lets the lr fall", "write factor=0.1x")
    elif found.rule == "keras" and (found.threshold_mode == "rel" or found.eps is not None):
        wrong = ("keras knows thresholds of mode abs, and no eps", "leave them out")
    elif found.rule == "optax" and (found.mode == "max" or found.eps is not None):
        wrong = ("optax knows mode min only, and no eps", "leave them out")
    elif found.rule in {"keras", "optax"} and found.patience is not None and found.patience.v < 1:
        wrong = (f"{found.rule} needs a patience of at least 1", "write patience=1")
    if wrong is not None:
        raise cursor.fault(start.to(cursor.last.span), "arguments", *wrong)
    return found
