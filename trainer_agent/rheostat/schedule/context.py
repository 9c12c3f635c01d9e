"""What a run and a text together say of base lr, length and units; asks for what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .cursor import Spans
from .diagnostics import BindError, Diagnostic, Span, diagnose
from .nodes import Base, Duration, Group, Quantity, Seq, Setting, Statement, Value, spell

__all__ = ["Context", "Supplied", "exact"]

_WHY = {
    "base": ("needs a base lr", "set 'base', or give base=… to bind"),
    "total": ("needs a total", "set 'total', or use steps"),
    "epoch": ("needs the steps of an epoch", "set 'epoch', or use steps"),
    "step": ("needs the tokens of a step", "set 'step', as step 4Mtok, or use steps"),
    "step sp": ("needs the samples of a step", "set 'step', as step 512sp, or use steps"),
}


def exact(quantity: Quantity) -> Fraction:
    """Return a number as it was meant: the decimal fraction that was written."""
    return Fraction(repr(quantity.v))


@dataclass(frozen=True, slots=True)
class Supplied:
    """What the run says: base lr, length, steps in an epoch, tokens in a step; None where it does not."""

    base: float | None = None
    total: int | None = None
    epoch: float | None = None
    step_tokens: float | None = None


@dataclass(slots=True)
class Context:
    """Settings resolved for one group."""

    text: str
    spans: Spans
    base: float | None = None
    epoch: Fraction | None = None
    tokens: Fraction | None = None
    samples: Fraction | None = None
    total: Fraction | None = None
    warnings: list[Diagnostic] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, program: Seq, spans: Spans, run: Supplied, group: Group | None) -> Context:
        """Join text and run: the text wins, with a warning where they differ."""
        self = cls(text, spans)
        settings = {
            s.name if s.name != "step" else s.amount.u: s for s in program.parts if isinstance(s, Setting)
        }
        base = next((s for s in program.parts if isinstance(s, Base)), None)
        said = group.base if group is not None and group.base is not None else base.value if base else None
        if said is not None:
            # A group's own base differs from the run's on purpose: that is what it is written for.
            self._differs(said, "base", said.v, None if group else run.base)
        self.base = said.v if said is not None else run.base
        self.tokens = self._setting(settings.get("tok"), run.step_tokens, "step")
        self.samples = self._setting(settings.get("sp"), None, "step")
        self.epoch = self._setting(settings.get("epoch"), run.epoch, "epoch")
        total = self._setting(settings.get("total"), run.total, "total")
        self.total = None if total is None else Fraction(-(-total.numerator // total.denominator))
        return self

    def _setting(self, setting: Setting | None, given: float | None, name: str) -> Fraction | None:
        from_run = None if given is None else Fraction(repr(given))
        if setting is None:
            return from_run
        amount = setting.amount
        said = exact(amount) if name == "step" else self.steps(amount)
        self._differs(setting, name, float(said), given)
        return said

    def _differs(self, node: Setting | Value, name: str, said: float, given: float | None) -> None:
        if given is not None and float(given) != said:
            message = f"the text says {name} {spell(said)}, the run says {spell(given)}: the text holds"
            self.warn(self.spans.of(node), "setting", message)

    def steps(self, length: Duration) -> Fraction:
        """Return a length in steps. Shares (``fr``) have none of their own."""
        v = exact(length)
        match length.u:
            case "" | "st":
                return v
            case "ep":
                return v * self._need("epoch", self.epoch, length)
            case "tok":
                return v / self._need("step", self.tokens, length)
            case "sp":
                return v / self._need("step sp", self.samples, length)
            case "%":
                return v * self._need("total", self.total, length) / 100
            case "fr":
                raise AssertionError("a share has no length of its own")

    def value(self, value: Value, *, lr: bool) -> float:
        """Return a value as a learning rate, or as a factor of the base lr."""
        if value.v == 0:
            return 0.0
        if value.u == "base":
            return self.one(value, lr=lr)
        return value.v * self.one(value, lr=lr) if value.u == "x" and lr else value.v

    def one(self, where: Quantity | None, *, lr: bool) -> float:
        """Return 1x."""
        if not lr:
            return 1.0
        if self.base is None:
            raise self.missing("base", where, "the schedule")
        return self.base

    def fault(self, where: Quantity | Statement, code: str, message: str, suggestion: str) -> BindError:
        """Say that a part makes no sense with what it was given."""
        return BindError((diagnose(self.text, self.spans.of(where), code, message, suggestion=suggestion),))

    def missing(self, name: str, where: Quantity | Statement | None, what: str) -> BindError:
        """Say that a setting is missing, and where it is needed."""
        needs, hint = _WHY[name]
        span = self.spans.of(where) if where is not None else Span(0, len(self.text))
        found = diagnose(
            self.text, span, f"needs-{name.split(maxsplit=1)[0]}", f"{what} {needs}", suggestion=hint
        )
        return BindError((found,), (name.split(maxsplit=1)[0],))

    def warn(self, span: Span, code: str, message: str, suggestion: str = "") -> None:
        """Record a warning."""
        found = diagnose(self.text, span, code, message, suggestion=suggestion, severity="warning")
        if found not in self.warnings:
            self.warnings.append(found)

    def _need(self, name: str, known: Fraction | None, length: Duration) -> Fraction:
        if known is None:
            start = self.spans.of(length)
            raise self.missing(name, length, f"'{self.text[start.start : start.end]}'")
        return known
