"""Random schedule trees that a text can say and a run of 1000 steps can bind."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from rheostat.schedule.nodes import (
    Block,
    Decay,
    Drop,
    Duration,
    Expression,
    Number,
    Product,
    Ramp,
    Repeat,
    Seq,
    Statement,
    Sum,
    Unit,
    Value,
    spell,
)
from rheostat.schedule.plan import Plan
from rheostat.schedule.program import Schedule

BASE, TOTAL, EPOCH, TOKENS = 0.1, 1000, 50, 4096

E = TypeVar("E", Ramp, Drop, Decay, Block, Repeat)

_SPELLINGS = ("0.10", "1.", ".5", "2E-3", "3e-4", "0_0.25", "00.7", "5e-01")


def bind(schedule: Schedule) -> Plan:
    """Bind to the run that all trees here fit."""
    return schedule.bind(base=BASE, total=TOTAL, epoch=EPOCH, step_tokens=TOKENS)


@st.composite
def values(draw: st.DrawFn, *, factor: bool = True, zero: bool = True) -> Value:
    spelled = draw(st.sampled_from(_SPELLINGS))
    v = draw(st.one_of(st.floats(1e-6, 0.99), st.just(float(spelled))))
    if zero and draw(st.integers(0, 4)) == 0:
        v = 0.0
    s = spelled if v == float(spelled) and spelled != spell(v) else ""
    return Value(v=v, s=s, u="x" if factor else draw(st.sampled_from(("", "x"))))


@st.composite
def durations(draw: st.DrawFn, *, share: bool = True) -> Duration:
    units: tuple[Unit, ...] = ("", "st", "ep", "%", "tok") + (("fr",) if share else ())
    unit = draw(st.sampled_from(units))
    if unit == "" and draw(st.booleans()):
        return Duration(v=2000.0, s="2k")
    v = draw(st.one_of(st.integers(1, 40).map(float), st.floats(0.5, 30.0)))
    return Duration(v=v * 4096 if unit == "tok" else v, u=unit)


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


def _leaves(*, factor: bool = True, timed: bool = False) -> st.SearchStrategy[Expression]:
    return st.one_of(ramps(factor=factor, timed=timed), stairs(timed=timed))


@st.composite
def _repeats(draw: st.DrawFn, body: st.SearchStrategy[Expression]) -> Repeat:
    parts = draw(st.lists(st.one_of(_leaves(timed=True), body.filter(_is_timed)), min_size=1, max_size=3))
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
    return not isinstance(node, Product | Sum) and node.length is not None and node.length.u != "fr"


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    body = st.lists(inner, min_size=1, max_size=3).map(lambda parts: Seq(tuple(parts)))
    block = st.builds(lambda b, d: Block(body=b, length=d), body, st.one_of(st.none(), durations()))
    atom = inner.map(lambda e: Block(body=Seq((e,))) if isinstance(e, Product | Sum) else e)
    pair = st.lists(atom, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        block,
        _repeats(inner),
        pair.map(lambda of: Product(of=of)),
        pair.map(lambda of: Sum(of=of, signs="+-"[: len(of) - 1])),
    )


def expressions() -> st.SearchStrategy[Expression]:
    """Expressions that are factors."""
    return st.recursive(_leaves(), _larger, max_leaves=6)


_COMMENT = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12).map(str.strip)


@st.composite
def programs(draw: st.DrawFn, *, comments: bool = True) -> Seq:
    """Programs without settings; what they leave to the run, `bind` supplies."""
    from msgspec.structs import replace

    parts: list[Statement] = []
    for _ in range(draw(st.integers(1, 4))):
        node = draw(st.one_of(_leaves(factor=False), expressions()))
        if comments:
            above = tuple(draw(st.lists(_COMMENT, max_size=1)))
            node = replace(node, above=above, note=draw(st.one_of(st.none(), _COMMENT)))
        parts.append(node)
    return Seq(tuple(parts), tuple(draw(st.lists(_COMMENT, max_size=1))) if comments else ())
