"""Random schedule trees that a text can say and a run of 1000 steps can bind.

Strategies are kept: hypothesis looks each new one through again, which took most of the time of these tests.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from hypothesis import strategies as st

from rheostat.schedule.plan import Plan
from rheostat.schedule.program import Schedule
from rheostat.schedule.tree.formula import (
    Call,
    Factors,
    Figure,
    Formula,
    Name,
    NameOf,
    Negative,
    Power,
    Terms,
)
from rheostat.schedule.tree.nodes import (
    Base,
    Block,
    Clip,
    Curve,
    Decay,
    Drop,
    Duration,
    Expression,
    Group,
    Key,
    Keys,
    Main,
    Number,
    Plateau,
    Product,
    Ramp,
    Repeat,
    Seq,
    Setting,
    Stage,
    Statement,
    Sum,
    Unit,
    Value,
    spell,
)

BASE, TOTAL, EPOCH, TOKENS = 0.1, 1000, 50, 4096

_LENGTHS = {"2k": 2000.0, "1_000": 1000.0, "1.50k": 1500.0, "007": 7.0, "5e1": 50.0}
_SPELLINGS = ("0.10", "1.", ".5", "2E-3", "3e-4", "0_0.25", "00.7", "5e-01")


def bind(schedule: Schedule) -> Plan:
    """Bind to the run that all trees here fit."""
    return schedule.bind(base=BASE, total=TOTAL, epoch=EPOCH, step_tokens=TOKENS)


@cache
@st.composite
def values(draw: st.DrawFn, *, factor: bool = True, zero: bool = True) -> Value:
    spelled = draw(st.sampled_from(_SPELLINGS))
    v = draw(st.one_of(st.floats(1e-6, 0.99), st.just(float(spelled))))
    if zero and draw(st.integers(0, 4)) == 0:
        v = 0.0
    s = spelled if v == float(spelled) and spelled != spell(v) else ""
    return Value(v=v, s=s, u="x" if factor else draw(st.sampled_from(("", "x"))))


@cache
@st.composite
def durations(draw: st.DrawFn, *, share: bool = True) -> Duration:
    units: tuple[Unit, ...] = ("", "st", "ep", "%", "tok") + (("fr",) if share else ())
    unit = draw(st.sampled_from(units))
    if unit == "" and draw(st.booleans()):
        spelled = draw(st.sampled_from(tuple(_LENGTHS)))
        return Duration(v=_LENGTHS[spelled], s=spelled)
    v = draw(st.one_of(st.integers(1, 40).map(float), st.floats(0.5, 30.0)))
    return Duration(v=v * 4096 if unit == "tok" else v, u=unit)


@cache
@st.composite
def ramps(draw: st.DrawFn, *, factor: bool = True, timed: bool = False) -> Ramp:
    shape = draw(
        st.sampled_from(("", "hold", "linear", "cosine", "poly", "sqrt", "expo", "halving", "tanh", "rsqrt"))
    )
    ends = shape not in ("hold", "rsqrt") and (shape != "" or draw(st.booleans()))
    zero = shape != "expo"
    args: tuple[Duration, ...] = ()
    if shape == "poly":
        args = (Duration(v=draw(st.sampled_from((0.5, 0.7, 1.0, 2.0, 3.0)))),)
    elif shape == "tanh":
        args = (Duration(v=-7.0), Duration(v=3.0))
    elif shape == "rsqrt":
        args = (draw(durations(share=False)),)
    needs_start = shape in ("", "expo")
    start = draw(values(factor=factor, zero=zero)) if needs_start or draw(st.booleans()) else None
    to = draw(values(factor=factor, zero=zero)) if ends else None
    length = draw(durations(share=not timed)) if timed or draw(st.booleans()) else None
    inclusive = to is not None and draw(st.booleans())
    return Ramp(shape=shape, args=args, start=start, to=to, inclusive=inclusive, length=length)


@cache
@st.composite
def stairs(draw: st.DrawFn, *, timed: bool = False) -> Drop | Decay:
    length = draw(durations(share=not timed)) if timed or draw(st.booleans()) else None
    match draw(st.integers(0, 2)):
        case 0:
            return Drop(factor=draw(values()), every=draw(durations(share=False)), length=length)
        case 1:
            at = draw(st.lists(durations(share=False), min_size=1, max_size=4))
            return Drop(factor=draw(values()), at=tuple(at), length=length)
        case _:
            return Decay(factor=draw(values(zero=False)), every=draw(durations(share=False)), length=length)


def _figure(spelled: str) -> Figure:
    v = float(spelled.removesuffix("k")) * (1000 if spelled.endswith("k") else 1)
    return Figure(v, spelled if spelled != spell(v) else "")


_FIGURES = st.one_of(
    st.sampled_from(("0.10", "1.", ".5", "2E-3", "4k", "1")).map(_figure),
    st.floats(0, 100).map(Figure),
)


def _formulas(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    def chain(kind: type[Terms] | type[Factors], signs: str) -> st.SearchStrategy[Formula]:
        return st.lists(inner, min_size=2, max_size=3).flatmap(
            lambda of: st.text(signs, min_size=len(of) - 1, max_size=len(of) - 1).map(
                lambda chosen: kind(tuple(of), chosen)
            )
        )

    one = st.sampled_from(("sqrt", "exp", "log", "cos", "tanh", "floor", "abs"))
    two = st.sampled_from(("min", "max"))
    return st.one_of(
        chain(Terms, "+-"),
        chain(Factors, "*/"),
        inner.map(Negative),
        st.tuples(inner, inner).map(lambda pair: Power(*pair)),
        st.builds(lambda name, of: Call(name, (of,)), one, inner),
        st.builds(lambda name, of: Call(name, tuple(of)), two, st.lists(inner, min_size=2, max_size=3)),
    )


@cache
def formulas(*names: NameOf) -> st.SearchStrategy[Formula]:
    """Arithmetic of numbers and of these names; chains inside chains of the same kind are flat or not."""
    known = [st.sampled_from(names).map(Name)] if names else []
    return st.recursive(st.one_of(_FIGURES, *known), _formulas, max_leaves=8)


@cache
@st.composite
def calculated(draw: st.DrawFn, *, timed: bool = False) -> Curve:
    of = draw(formulas("t", "u", "T", "N", "n", "base", "pi"))
    length = draw(durations(share=not timed)) if timed or draw(st.booleans()) else None
    return Curve(of=of, u="x", length=length)


@cache
@st.composite
def keyframes(draw: st.DrawFn, *, factor: bool = True, timed: bool = False) -> Keys:
    times = sorted(draw(st.lists(st.integers(0, 900), min_size=1, max_size=4)))
    shapes = ("", "hold", "linear", "cosine", "sqrt", "poly")
    found = []
    for time in times:
        shape = draw(st.sampled_from(shapes))
        args = (Duration(v=2.0),) if shape == "poly" else ()
        value = draw(values(factor=factor))
        found.append(Key(at=Duration(v=float(time)), value=value, shape=shape, args=args))
    length = draw(durations(share=not timed)) if timed or draw(st.booleans()) else None
    return Keys(keys=tuple(found), length=length)


@cache
def _leaves(*, factor: bool = True, timed: bool = False, full: bool = False) -> st.SearchStrategy[Expression]:
    more = (calculated(timed=timed), keyframes(factor=factor, timed=timed)) if full else ()
    return st.one_of(ramps(factor=factor, timed=timed), stairs(timed=timed), *more)


@cache
@st.composite
def plateaus(draw: st.DrawFn) -> Plateau:
    """Plateaus with any of their settings that their rule knows."""
    rule: Literal["", "torch", "keras", "optax"] = draw(st.sampled_from(("", "torch", "keras", "optax")))
    modes: tuple[Literal["", "min", "max"], ...] = ("", "min") if rule == "optax" else ("", "min", "max")
    thresholds: tuple[Literal["", "rel", "abs"], ...] = ("", "abs") if rule == "keras" else ("", "rel", "abs")
    return Plateau(
        metric=draw(st.sampled_from(("loss", "val/loss", "acc.top1"))),
        factor=draw(st.none() | st.just(Value(v=0.5, u="x"))),
        patience=draw(st.none() | st.integers(1, 20).map(lambda n: Number(float(n)))),
        threshold=draw(st.none() | st.just(Number(1e-3, "1e-3" if spell(1e-3) != "1e-3" else ""))),
        threshold_mode=draw(st.sampled_from(thresholds)),
        mode=draw(st.sampled_from(modes)),
        cooldown=draw(st.none() | st.just(Number(2.0))),
        floor=draw(st.none() | values()),
        eps=draw(st.none() | st.just(Number(1e-9))) if rule in {"", "torch"} else None,
        rule=rule,
        until=draw(st.sampled_from(("", "go"))),
    )


@st.composite
def _repeats(draw: st.DrawFn, body: st.SearchStrategy[Expression], full: bool) -> Repeat:
    parts = draw(
        st.lists(st.one_of(_leaves(timed=True, full=full), body.filter(_is_timed)), min_size=1, max_size=3)
    )
    shrink = draw(st.one_of(st.none(), values()))
    return Repeat(
        body=Seq(tuple(parts)),
        count=draw(st.one_of(st.none(), st.integers(1, 6))),
        stretch=draw(st.one_of(st.none(), st.sampled_from((Number(1.0), Number(2.0), Number(1.5))))),
        shrink=shrink,
        toward=draw(st.one_of(st.none(), values())) if shrink else None,
        length=draw(st.one_of(st.none(), durations(share=False))),
    )


def _is_timed(node: Expression) -> bool:
    return not isinstance(node, Product | Sum | Clip) and node.length is not None and node.length.u != "fr"


def _larger(inner: st.SearchStrategy[Expression], full: bool) -> st.SearchStrategy[Expression]:
    body = st.lists(inner, min_size=1, max_size=3).map(lambda parts: Seq(tuple(parts)))
    block = st.builds(lambda b, d: Block(body=b, length=d), body, st.one_of(st.none(), durations()))
    atom = inner.map(lambda e: Block(body=Seq((e,))) if isinstance(e, Product | Sum | Clip) else e)
    pair = st.lists(atom, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        block,
        _repeats(inner, full),
        pair.map(lambda of: Product(of=of)),
        pair.map(lambda of: Sum(of=of, signs="+-"[: len(of) - 1])),
        *([inner.map(_clipped)] if full else []),
    )


def _clipped(node: Expression) -> Block:
    return Block(body=Seq((Clip(of=node, low=Value(0.0), high=Value(0.5, u="x")),)))


@cache
def expressions(*, full: bool = False) -> st.SearchStrategy[Expression]:
    """Expressions that are factors."""
    return st.recursive(_leaves(full=full), lambda inner: _larger(inner, full), max_leaves=6)


_COMMENT = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12).map(str.strip)


@cache
@st.composite
def programs(draw: st.DrawFn, *, comments: bool = True, events: bool = False, full: bool = False) -> Seq:
    """Programs without settings, for `bind`; ``full``: of all parts there are."""
    from msgspec.structs import replace

    parts: list[Statement] = []
    for _ in range(draw(st.integers(1, 4))):
        node = draw(
            st.one_of(
                _leaves(factor=False, full=full), expressions(full=full), *([plateaus()] if events else [])
            )
        )
        if comments:
            above = tuple(draw(st.lists(_COMMENT, max_size=1)))
            node = replace(node, above=above, note=draw(st.one_of(st.none(), _COMMENT)))
        parts.append(node)
    return Seq(tuple(parts), tuple(draw(st.lists(_COMMENT, max_size=1))) if comments else ())


@cache
def _spelled(*texts: str) -> st.SearchStrategy[Duration]:
    """Whole numbers as a text may spell them, each with its suffix worked in."""
    return st.sampled_from(texts).map(
        lambda s: Duration(v=float(s.replace("_", "").replace("k", "e3").replace("M", "e6")), s=s)
    )


@cache
@st.composite
def _settings(draw: st.DrawFn) -> list[Statement]:
    base = Base(value=draw(values(factor=False, zero=False).filter(lambda value: value.u == "")))
    total = Setting(name="total", amount=draw(_spelled("100k", "1_000", "2.5k")))
    epoch = Setting(name="epoch", amount=draw(_spelled("1_250", "0.5k")))
    batches = [Duration(v=v, s=s, u="tok") for v, s in ((1e6, "1M"), (4e6, "4M"), (4096.0, "4_096"))]
    times = draw(st.lists(_spelled("10k", "2_000"), max_size=2))
    step = Setting(
        name="step",
        amount=batches[0],
        length=times[0] if times else None,
        then=tuple(
            Stage(batch, d) for batch, d in zip(batches[1:], [*times[1:], None], strict=False) if times
        ),
    )
    return draw(st.lists(st.sampled_from([base, total, epoch, step]), unique_by=id))


@cache
@st.composite
def _groups(draw: st.DrawFn) -> list[Statement]:
    found: list[Statement] = []
    for name in draw(st.lists(st.sampled_from(("head", "a b", "enc.0", "für")), unique=True)):
        curve = draw(st.none() | expressions(full=True) | st.just(Main()))
        base = draw(st.none() | st.just(Value(v=3e-4, s="3e-4" if spell(3e-4) != "3e-4" else "")))
        found.append(Group(name=name, base=base, curve=curve))
    if draw(st.booleans()):
        of = draw(formulas("i", "base", "pi"))
        found.append(Group(name="layer", range=(0, 11), base=Value(v=1.0, of=of)))
    return found


@st.composite
def documents(draw: st.DrawFn) -> Seq:
    """Whole programs with settings and param groups, to be read and written; not all of them bind."""
    program = draw(programs(events=True, full=True))
    return Seq((*draw(_settings()), *program.parts, *draw(_groups())), program.tail)
