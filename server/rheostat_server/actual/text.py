"""Spans of a group over a plan, as an expression of the schedule language, exact to the bit. Pure.

Each step is covered by one term of a sum; the others are 0 there. Adding 0 and multiplying by 1 change no
bit, and within its steps a term does what the agent did, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rheostat.schedule import Schedule, parse
from rheostat.schedule.binding.kinds import main_parts
from rheostat.schedule.text.format import spell_name, spell_value, write
from rheostat.schedule.tree.nodes import Base, Group, Seq, Setting
from rheostat.schedule.tree.spelling import spell
from rheostat_server.actual.spans import Fade, Follow, Line, Planned, Span, Still

__all__ = ["Bases", "UntoldError", "compose", "expression"]


class UntoldError(Exception):
    """The language, or this module, has no words for what happened; the message says for what."""


@dataclass(frozen=True, slots=True)
class Bases:
    """What the plan was bound to: base lr by group, length and epoch in steps."""

    bases: dict[str, float]
    total: int | None
    epoch: int | None


def compose(plan: Schedule, spans: dict[str, list[Span]], bound: Bases) -> str:
    """A schedule text for every group of ``spans``; comes to the lr that the run had.

    Raises:
        UntoldError: a group is one of a range, or a swap's text has settings or groups of its own.
    """
    program = plan.program
    groups = {part.name: part for part in program.parts if isinstance(part, Group)}
    if any(part.range for part in groups.values()):
        raise UntoldError("the plan has groups by number")
    settings = [part for part in program.parts if isinstance(part, Base | Setting)]
    named = {part.name for part in settings if isinstance(part, Setting)}
    lines = [write(Seq((part,))) for part in settings]
    if bound.total is not None and "total" not in named:
        lines.append(f"total {bound.total}")
    if bound.epoch is not None and "epoch" not in named:
        lines.append(f"epoch {bound.epoch}")
    own_base = any(isinstance(part, Base) for part in settings)
    main = write(Seq(main_parts(program)))
    if len(spans) == 1 and not groups:
        ((name, mine),) = spans.items()
        if name in bound.bases and not own_base:
            lines.append(f"base {spell(bound.bases[name])}")
        return "\n".join([*lines, expression(mine, _braced(main), bound.total)])
    lines += [main] if main else []
    for name, mine in spans.items():
        group = groups.get(name)
        if groups and group is None:
            raise UntoldError(f"the plan names no group {name!r}")
        base = ""
        if group is not None and group.base is not None:
            base = f" base {spell_value(group.base)}"
        elif name in bound.bases and not own_base:
            base = f" base {spell(bound.bases[name])}"
        curve = "main" if group is None or group.curve is None else _braced(write(Seq((group.curve,))))
        lines.append(f"group {spell_name(name)}{base} = {expression(mine, curve, bound.total)}")
    return "\n".join(lines)


def expression(spans: Sequence[Span], plan: str, total: int | None) -> str:
    """The spans as one expression, ``plan`` being the plan's own."""
    terms: list[str] = []
    rules = [span.rule for span in spans]
    if any(isinstance(rule, Planned) for rule in rules):
        terms.append(" * ".join([plan, *_layers(spans, lambda span: isinstance(span.rule, Planned))]))
    if any(isinstance(rule, Still | Line) for rule in rules):
        terms.append(_block(spans, _told, "0"))
    if any(isinstance(rule, Fade) for rule in rules):
        terms.append(_fades(spans, plan))
    followed = list(dict.fromkeys(rule for rule in rules if isinstance(rule, Follow)))
    for follow in followed:
        layers = _layers(spans, partial(_follows, follow), follow.factor)
        terms.append(" * ".join([_followed(follow, total), *layers]))
    return " + ".join(terms)


def _follows(rule: Follow, span: Span) -> bool:
    return span.rule == rule


def _layers(spans: Sequence[Span], chosen: Callable[[Span], bool], first: float = 1.0) -> list[str]:
    """Factors as sequences, the first of them 0 outside the chosen spans; none where all would be 1."""
    depth = max((len(span.factors) for span in spans if chosen(span)), default=0)
    masked = first != 1.0 or not all(chosen(span) for span in spans)
    layers = []
    if masked:
        layers.append(_block(spans, lambda span: f"{spell(first)}x" if chosen(span) else None, "0x"))

    def factor(at: int) -> Callable[[Span], str | None]:
        return lambda span: f"{spell(span.factors[at])}x" if chosen(span) and at < len(span.factors) else None

    return [*layers, *(_block(spans, factor(at), "1x") for at in range(depth))]


def _block(spans: Sequence[Span], say: Callable[[Span], str | None], other: str) -> str:
    """A sequence in braces: what ``say`` says of each span, ``other`` where it is silent."""
    parts: list[tuple[str, int, int | None]] = []
    for span in spans:
        said = say(span) or other
        if parts and parts[-1][0] == said and not said.startswith("curve"):
            parts[-1] = (said, parts[-1][1], span.end)
        else:
            parts.append((said, span.start, span.end))
    words = [said if end is None else f"{said} for {end - start}" for said, start, end in parts]
    return f"{{ {'; '.join(words)} }}"


def _told(span: Span) -> str | None:
    if isinstance(span.rule, Still):
        value = span.rule.value
        for factor in span.factors:
            value *= factor
        return spell(value)
    if isinstance(span.rule, Line):
        line = span.rule
        share = _share(line.age, line.over)
        way = line.target - line.origin
        sign = "-" if way < 0 else "+"
        text = f"{spell(line.origin)} {sign} {spell(abs(way))} * {share}"
        if line.shape == "log":
            text = f"{spell(line.origin)} * ({spell(line.target)} / {spell(line.origin)}) ^ {share}"
        if span.factors:
            text = f"({text})" + "".join(f" * {spell(factor)}" for factor in span.factors)
        return f"curve({text})"
    return None


def _fades(spans: Sequence[Span], plan: str) -> str:
    """Origin plus the share of the way to the plan; above and below it apart, since no sum is below 0."""
    origins = _block(
        spans, lambda span: spell(span.rule.origin) if isinstance(span.rule, Fade) else None, "0"
    )
    shares = _block(
        spans,
        lambda span: (
            f"curve({_share(span.rule.age, span.rule.over)})x" if isinstance(span.rule, Fade) else None
        ),
        "0x",
    )
    text = f"{{ {origins} + {{ {plan} - {origins} }} * {shares} - {{ {origins} - {plan} }} * {shares} }}"
    layers = _layers(spans, lambda span: isinstance(span.rule, Fade))
    # Outside the fades all of it is 0 already, so the layer that says so again is left out.
    return " * ".join([text, *layers[1:]])


def _share(age: int, over: int) -> str:
    return f"((t + {age}) / {over})" if age else f"(t / {over})"


def _followed(follow: Follow, total: int | None) -> str:
    program = parse(follow.schedule).program
    if len(main_parts(program)) != len(program.parts):
        raise UntoldError("the text of a swap has settings or groups of its own")
    text = _braced(write(Seq(program.parts)))
    if not follow.first:
        return text
    length = "" if total is None else f" for {total}"
    return f"{{ 0 for {follow.first}; {text}{length} }}"


def _braced(text: str) -> str:
    return f"{{\n{text}\n}}" if "\n" in text or "#" in text else f"{{ {text} }}"
