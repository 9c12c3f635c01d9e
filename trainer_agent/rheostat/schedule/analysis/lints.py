"""Doubts about a text that reads well: what is probably not what was meant."""

from __future__ import annotations

from collections.abc import Iterator

from rheostat.schedule.diagnostics import Diagnostic, diagnose
from rheostat.schedule.text.cursor import Located, Spans
from rheostat.schedule.tree.nodes import Duration, Keys, Ramp, Seq, Setting, Value, spell
from rheostat.schedule.tree.walk import walk

__all__ = ["of_text"]

# A hold of so much is no learning rate but a number of steps.
_STEPS = 10.0
# A peak of so small a factor was typed as an lr.
_SMALL = 0.01


def of_text(text: str, program: Seq, spans: Spans) -> tuple[Diagnostic, ...]:
    """Find learning rates that look like factors, factors that look like learning rates, odd lengths."""
    return tuple(_Doubts(text, spans).of(program))


class _Doubts:
    def __init__(self, text: str, spans: Spans) -> None:
        self._text = text
        self._spans = spans

    def of(self, program: Seq) -> Iterator[Diagnostic]:
        for node in walk(program.parts):
            # A range test by expo goes up until the loss blows up: large is what it is for.
            if isinstance(node, Keys) or (isinstance(node, Ramp) and node.shape != "expo"):
                yield from self._rates(node)
                yield from self._small(node)
            if not isinstance(node, Setting):
                yield from self._length(getattr(node, "length", None))

    def _told(self, node: Located, code: str, message: str, mended: str) -> Diagnostic:
        hint = f"did you mean {mended}?"
        return diagnose(
            self._text, self._spans.of(node), code, message,
            suggestion=hint, replacement=mended, severity="warning",
        )  # fmt: skip

    def _rates(self, node: Ramp | Keys) -> Iterator[Diagnostic]:
        """Learning rates of 1 and more: factors without their x, or lengths without their ``for``."""
        for value in _values(node):
            if value is None or value.u or value.of is not None or value.v < 1:
                continue
            held = isinstance(node, Ramp) and node.shape == "hold" and node.length is None
            mended = f"for {value.spelling}" if held and value.v >= _STEPS else f"{value.spelling}x"
            yield self._told(value, "large-lr", f"lr {spell(value.v)} is large", mended)

    def _small(self, node: Ramp | Keys) -> Iterator[Diagnostic]:
        """A rise up to 1e-3x is one to a thousandth of the base: it was typed as a learning rate."""
        if not isinstance(node, Ramp) or node.start is None or node.to is None:
            return
        value = node.to
        typed_as_lr = value.u == "x" and "e" in value.spelling and value.of is None
        if typed_as_lr and node.start.of is None and node.start.v < value.v < _SMALL:
            message = f"{value.spelling}x is {spell(value.v)} of the base lr"
            yield self._told(value, "small-factor", message, value.spelling)

    def _length(self, length: Duration | None) -> Iterator[Diagnostic]:
        """Shares of the run that were typed as steps, and more than all of it."""
        if length is None:
            return
        if length.u in {"", "st"} and length.v < 1:
            message = f"{spell(length.v)} steps are less than one"
            yield self._told(length, "short", message, f"{spell(length.v * 100)}%")
        if length.u == "%" and length.v > 100:
            message = f"{length.spelling}% is more than the whole run"
            yield self._told(length, "over-100", message, "100%")


def _values(node: Ramp | Keys) -> tuple[Value | None, ...]:
    return tuple(key.value for key in node.keys) if isinstance(node, Keys) else (node.start, node.to)
