"""What a run and a text together say of base lr, length and units; asks for what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from rheostat.schedule.curve.amounts import Amounts
from rheostat.schedule.curve.calculation import calculate
from rheostat.schedule.diagnostics import BindError, Diagnostic, Span, diagnose
from rheostat.schedule.events import Tape
from rheostat.schedule.text.cursor import Located, Spans
from rheostat.schedule.text.quantities import LARGEST_VALUE
from rheostat.schedule.tree.formula import Formula, names_in
from rheostat.schedule.tree.nodes import Base, Duration, Group, Quantity, Seq, Setting, Value, spell

if TYPE_CHECKING:
    from .measure import Length

__all__ = ["LIMIT_TOTAL", "Context", "Supplied", "exact"]

N = TypeVar("N", Fraction, Amounts)

START = Fraction(0)
NO_EVENTS = Tape()
# Beyond this step no float64 tells neighbouring steps apart.
LIMIT_TOTAL = 2**53
# Up to here the decimal digits of a whole float are the float.
_WHOLE = 2.0**53

_WHY = {
    "base": ("needs a base lr", "set 'base', or give base=… to bind"),
    "total": ("needs a total", "set 'total', or use steps"),
    "epoch": ("needs the steps of an epoch", "set 'epoch', or use steps"),
    "step": ("needs the tokens of a step", "set 'step', as step 4Mtok, or use steps"),
    "step sp": ("needs the samples of a step", "set 'step', as step 512sp, or use steps"),
}


def exact(quantity: Quantity) -> Fraction:
    """Return a number as it was meant: the decimal fraction that was written."""
    return _decimal(quantity.v)


@lru_cache(maxsize=4096)
def _decimal(v: float) -> Fraction:
    return Fraction(int(v)) if v < _WHOLE and v.is_integer() else Fraction(repr(v))


@dataclass(frozen=True, slots=True)
class Supplied:
    """What the run says: base lr, length, steps in an epoch, tokens in a step; None where it does not."""

    base: float | None = None
    total: int | None = None
    epoch: float | None = None
    step_tokens: float | None = None

    @classmethod
    def of(
        cls, base: float | None, total: int | None, epoch: float | None, step_tokens: float | None
    ) -> Supplied:
        """Take what a caller gives. Raises BindError where a number makes no run."""
        given_by_name = (("base", base), ("total", total), ("epoch", epoch), ("step_tokens", step_tokens))
        for name, given in given_by_name:
            if given is None:
                continue
            if not (1e-9 <= given <= 1e30 or (name == "base" and 0 <= given < 1)):
                raise _unfit(f"{name} must be a finite number above 0, not {given!r}")
            if name == "total" and given > LIMIT_TOTAL:
                raise _unfit(f"total is {given:.6g} steps: a run has at most 2**53")
        return cls(base, total, epoch, step_tokens)


@dataclass(slots=True)
class Context:
    """Settings resolved for one group."""

    text: str
    spans: Spans
    base: float | None = None
    epoch: Fraction | None = None
    tokens: Amounts | None = None
    samples: Amounts | None = None
    total: Fraction | None = None
    index: int | None = None
    tape: Tape = NO_EVENTS
    warnings: list[Diagnostic] = field(default_factory=list)
    # Units that are not as many steps everywhere in the run, which parts last so many of them, and how long
    # parts want to be, by identity and where it matters by the step they start at; see `measure`.
    uneven: frozenset[str] = frozenset()
    varying: dict[int, bool] = field(default_factory=dict)
    lengths: dict[tuple[int, Fraction | None], Length] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        text: str,
        program: Seq,
        spans: Spans,
        run: Supplied,
        *,
        group: Group | None = None,
        index: int | None = None,
        tape: Tape = NO_EVENTS,
    ) -> Context:
        """Join text and run: the text wins, with a warning where they differ."""
        self = cls(text, spans, index=index, tape=tape)
        settings = {
            s.name if s.name != "step" else s.amount.u: s for s in program.parts if isinstance(s, Setting)
        }
        self.tokens = self._amounts(settings.get("tok"), run.step_tokens)
        self.samples = self._amounts(settings.get("sp"), None)
        known = {"tok": self.tokens, "sp": self.samples}
        self.uneven = frozenset(unit for unit, amounts in known.items() if amounts and not amounts.is_even)
        self.epoch = self._setting(settings.get("epoch"), run.epoch, "epoch")
        total = self._setting(settings.get("total"), run.total, "total")
        self.total = None if total is None else Fraction(-(-total.numerator // total.denominator))
        said = settings.get("total")
        if said is not None and self.total is not None and self.total > LIMIT_TOTAL:
            message = f"total comes to {float(self.total):.6g} steps"
            raise self.fault(said, "range", message, "a run has at most 2**53 steps")
        base = next((s for s in program.parts if isinstance(s, Base)), None)
        self.base = self._base(base.value if base else None, run.base, None if group else run.base)
        if group is not None and group.base is not None:
            # A group's own base differs from the run's on purpose: that is what it is written for.
            self.base = self._base(group.base, self.base, None)
        return self

    def _base(self, said: Value | None, outer: float | None, given: float | None) -> float | None:
        if said is None:
            return outer
        self.base = outer
        found = said.v if said.of is None else self.value(said, lr=True)
        self._differs(said, "base", found, given)
        return found

    def _amounts(self, setting: Setting | None, given: float | None) -> Amounts | None:
        if setting is None:
            return None if given is None else Amounts.even(Fraction(repr(given)))
        self._differs(setting, "step", float(exact(setting.amount)), given)
        starts, rates = [Fraction(0)], [exact(setting.amount)]
        length = setting.length
        for stage in setting.then:
            assert length is not None
            steps = exact(length) / (rates[-1] if length.u == setting.amount.u else 1)
            starts.append(starts[-1] + steps)
            rates.append(exact(stage.amount))
            length = stage.length
        return Amounts(tuple(starts), tuple(rates))

    def _setting(self, setting: Setting | None, given: float | None, name: str) -> Fraction | None:
        from_run = None if given is None else Fraction(repr(given))
        if setting is None:
            return from_run
        said = self.steps(setting.amount)
        self._differs(setting, name, float(said), given)
        return said

    def _differs(self, node: Setting | Value, name: str, said: float, given: float | None) -> None:
        if given is not None and float(given) != said:
            message = f"the text says {name} {spell(said)}, the run says {spell(given)}: the text holds"
            self.warn(self.spans.of(node), "setting", message)

    def steps(self, length: Duration, at: Fraction = START) -> Fraction:
        """Return a length in steps, from step ``at`` of the run on; shares (``fr``) have none."""
        v = exact(length)
        match length.u:
            case "" | "st":
                return v
            case "ep":
                return v * self._need("epoch", self.epoch, length)
            case "tok":
                return self._need("step", self.tokens, length).steps(v, at)
            case "sp":
                return self._need("step sp", self.samples, length).steps(v, at)
            case "%":
                return v * self._need("total", self.total, length) / 100
            case "fr":
                raise AssertionError("a share has no length of its own")

    def value(self, value: Value, *, lr: bool) -> float:
        """Return a value as a learning rate, or as a factor of the base lr."""
        if value.of is not None:
            found = self._calculated(value, value.of)
            return found * self.one(value, lr=lr) if value.u == "x" and lr else found
        if value.v == 0:
            return 0.0
        if value.u == "base":
            return self.one(value, lr=lr)
        return value.v * self.one(value, lr=lr) if value.u == "x" and lr else value.v

    def factor(self, value: Value) -> float:
        """Return a factor as a plain number."""
        return value.v if value.of is None else self._calculated(value, value.of)

    def known(self, where: Located, names: Iterable[str]) -> dict[str, float]:
        """Return what names in arithmetic stand for; those of the part itself are left out."""
        found: dict[str, float] = {}
        for name in names:
            match name:
                case "base":
                    found[name] = self.one(where, lr=True)
                case "pi":
                    found[name] = math.pi
                case "N":
                    if self.total is None:
                        raise self.missing("total", where, "'N'")
                    found[name] = float(self.total)
                case "i":
                    if self.index is None:
                        hint = "give the group a range, as layer[0..11]"
                        raise self.fault(where, "name", "'i' has a meaning only in a range of groups", hint)
                    found[name] = float(self.index)
        return found

    def _calculated(self, value: Value, formula: Formula) -> float:
        found = calculate(formula, self.known(value, names_in(formula)))
        if not 0 <= found <= LARGEST_VALUE:
            message = f"'{self._text(value)}' comes to {found:.6g}"
            raise self.fault(value, "range", message, "values go from 0 to 1e30")
        return found

    def one(self, where: Located | None, *, lr: bool) -> float:
        """Return 1x."""
        if not lr:
            return 1.0
        if self.base is None:
            raise self.missing("base", where, "the schedule")
        return self.base

    def fault(self, where: Located, code: str, message: str, suggestion: str) -> BindError:
        """Say that a part makes no sense with what it was given."""
        return BindError((diagnose(self.text, self.spans.of(where), code, message, suggestion=suggestion),))

    def missing(self, name: str, where: Located | None, what: str) -> BindError:
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

    def _need(self, name: str, known: N | None, length: Duration) -> N:
        if known is None:
            raise self.missing(name, length, f"'{self._text(length)}'")
        return known

    def _text(self, where: Quantity) -> str:
        span = self.spans.of(where)
        return self.text[span.start : span.end]


def _unfit(message: str) -> BindError:
    return BindError((Diagnostic("error", 1, 1, 0, "bind", message),))
