"""Writing text: the one canonical spelling of a tree. What it writes reads back as the same tree."""

from __future__ import annotations

import json
import re
from typing import assert_never

from rheostat.schedule.tree.formula import write_formula
from rheostat.schedule.tree.nodes import (
    Atom,
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
    Plateau,
    Product,
    Ramp,
    Repeat,
    Seq,
    Setting,
    Statement,
    Sum,
    Value,
)

__all__ = ["WIDTH", "label", "spell_duration", "spell_name", "spell_value", "write"]

WIDTH = 100
_PLAIN_NAME = re.compile(r"[A-Za-z]\w*(\.\w+)*|\d+", re.ASCII)


def write(program: Seq) -> str:
    """Write a program. Short runs of plain parts share a line; settings and commented parts stand alone."""
    lines: list[str] = []
    run: list[str] = []

    def flush() -> None:
        joined = "; ".join(run)
        if not run:
            return
        lines.extend([joined] if len(joined) <= WIDTH and "\n" not in joined else run)
        run.clear()

    for part in program.parts:
        if part.above or part.note is not None or isinstance(part, Base | Setting | Group):
            flush()
            lines.extend(_lines(part, 0))
        else:
            run.append(_expression(part, 0))
    flush()
    lines.extend(_comment(text) for text in program.tail)
    return "\n".join(lines)


def label(node: Expression) -> str:
    """Write a part on one line, cut where it is long; comments left out."""
    text = _expression(node, 0, inline=True)
    return text if len(text) <= 60 else text[:59] + "…"


def spell_value(value: Value) -> str:
    """Write a value: ``3e-4``, ``0.1x`` or ``base``."""
    if value.of is not None:
        return f"({write_formula(value.of)}){value.u}"
    return "base" if value.u == "base" else f"{value.spelling}{value.u}"


def spell_duration(duration: Duration) -> str:
    """Write a length: ``500``, ``2k``, ``5%``."""
    return f"{duration.spelling}{duration.u}"


def _lines(part: Statement, depth: int) -> list[str]:
    pad = "  " * depth
    found = [pad + _comment(text) for text in part.above]
    text = pad + _statement(part, depth)
    found.append(_noted(text, part.note))
    return found


def _comment(text: str) -> str:
    return f"# {text}" if text else "#"


def _statement(part: Statement, depth: int) -> str:
    match part:
        case Base():
            return f"base {spell_value(part.value)}"
        case Setting():
            return _setting(part)
        case Group():
            text = f"group {spell_name(part.name)}"
            text += f"[{part.range[0]}..{part.range[1]}]" if part.range else ""
            text += f" base {spell_value(part.base)}" if part.base else ""
            return f"{text} = {_expression(part.curve, depth)}" if part.curve else text
        case _:
            return _expression(part, depth)


def _setting(part: Setting) -> str:
    stages = [(part.amount, part.length), *((stage.amount, stage.length) for stage in part.then)]
    texts = [
        spell_duration(amount) + (f" for {spell_duration(length)}" if length else "")
        for amount, length in stages
    ]
    return f"{part.name} {', '.join(texts)}"


def spell_name(name: str) -> str:
    """Write the name of a param group, in quotes where it is no plain word or number."""
    return name if _PLAIN_NAME.fullmatch(name) else json.dumps(name)


def _expression(node: Expression, depth: int, *, inline: bool = False) -> str:
    match node:
        case Product():
            return " * ".join(_expression(factor, depth, inline=inline) for factor in node.of)
        case Sum():
            first, *rest = (_expression(term, depth, inline=inline) for term in node.of)
            return first + "".join(f" {sign} {term}" for sign, term in zip(node.signs, rest, strict=True))
        case Clip():
            of = _expression(node.of, depth, inline=inline)
            return f"{of} clip {spell_value(node.low)}..{spell_value(node.high)}"
        case _:
            text = _atom(node, depth, inline=inline)
            text += f" for {spell_duration(node.length)}" if node.length else ""
            return f"{text} until @{node.until}" if node.until else text


def _atom(node: Atom, depth: int, *, inline: bool) -> str:  # noqa: PLR0911 - one return for each node
    match node:
        case Ramp():
            return _ramp(node)
        case Drop():
            times = ", ".join(map(spell_duration, node.at))
            when = f"every {spell_duration(node.every)}" if node.every else f"at {times}"
            return f"drop {spell_value(node.factor)} {when}"
        case Decay():
            return f"decay {spell_value(node.factor)} every {spell_duration(node.every)}"
        case Block():
            return _braces(node.body, depth, inline=inline)
        case Repeat():
            return f"{_repeat(node)} {_braces(node.body, depth, inline=inline)}"
        case Main():
            return "main"
        case Curve():
            return f"curve({write_formula(node.of)}){node.u}"
        case Keys():
            return f"keys {_keys(node, depth, inline=inline)}"
        case Plateau():
            return _plateau(node)
        case _:
            assert_never(node)


def _ramp(node: Ramp) -> str:
    words = [node.shape] if node.shape else []
    if node.args:
        words[0] += f"({', '.join(map(spell_duration, node.args))})"
    if node.start:
        words.append(spell_value(node.start))
    if node.to:
        words.append(f"-> {spell_value(node.to)}")
    if node.inclusive:
        words.append("inclusive")
    return " ".join(words)


def _repeat(node: Repeat) -> str:
    words = ["repeat", "forever" if node.count is None else str(node.count)]
    if node.stretch:
        words.append(f"stretch {node.stretch.spelling}")
    if node.shrink:
        words.append(f"shrink {spell_value(node.shrink)}")
    if node.toward:
        words.append(f"toward {spell_value(node.toward)}")
    return " ".join(words)


def _plateau(node: Plateau) -> str:
    words = [spell_name(node.metric)]
    words += [f"factor={spell_value(node.factor)}"] if node.factor else []
    numbers = {"patience": node.patience, "threshold": node.threshold}
    words += [f"{name}={number.spelling}" for name, number in numbers.items() if number]
    choices = {"threshold_mode": node.threshold_mode, "mode": node.mode}
    words += [f"{name}={choice}" for name, choice in choices.items() if choice]
    words += [f"cooldown={node.cooldown.spelling}"] if node.cooldown else []
    words += [f"min={spell_value(node.floor)}"] if node.floor else []
    words += [f"eps={node.eps.spelling}"] if node.eps else []
    words += [f"rule={node.rule}"] if node.rule else []
    return f"plateau({', '.join(words)})"


def _keys(node: Keys, depth: int, *, inline: bool) -> str:
    commented = bool(node.tail) or any(key.above or key.note is not None for key in node.keys)
    text = f"{{ {'; '.join(map(_key, node.keys))} }}"
    if inline or (not commented and len(text) + 2 * depth <= WIDTH):
        return text
    pad = "  " * depth
    lines = []
    for key in node.keys:
        lines += [f"{pad}  {_comment(line)}" for line in key.above]
        lines.append(f"{pad}  {_noted(_key(key), key.note)}")
    lines += [f"{pad}  {_comment(line)}" for line in node.tail]
    return "\n".join(["{", *lines, pad + "}"])


def _key(key: Key) -> str:
    text = f"{spell_duration(key.at)}: {spell_value(key.value)}"
    args = f"({', '.join(map(spell_duration, key.args))})" if key.args else ""
    return f"{text} {key.shape}{args}" if key.shape else text


def _noted(text: str, note: str | None) -> str:
    return text if note is None else f"{text}  {_comment(note)}"


def _braces(body: Seq, depth: int, *, inline: bool) -> str:
    if inline or not _commented(body):
        text = f"{{ {'; '.join(_expression_of(part, inline=True) for part in body.parts)} }}"
        if inline or len(text) + 2 * depth <= WIDTH:
            return text
    lines = [line for part in body.parts for line in _lines(part, depth + 1)]
    pad = "  " * depth
    lines.extend(f"{pad}  {_comment(text)}" for text in body.tail)
    return "\n".join(["{", *lines, pad + "}"])


def _expression_of(part: Statement, *, inline: bool) -> str:
    return (
        _statement(part, 0)
        if isinstance(part, Base | Setting | Group)
        else _expression(part, 0, inline=inline)
    )


def _commented(body: Seq) -> bool:
    """Tell whether a comment stands anywhere inside."""
    return bool(body.tail) or any(
        part.above or part.note is not None or _comments_within(part) for part in body.parts
    )


def _comments_within(node: Statement) -> bool:
    match node:
        case Block() | Repeat():
            return _commented(node.body)
        case Keys():
            return bool(node.tail) or any(key.above or key.note is not None for key in node.keys)
        case Product() | Sum():
            return any(_comments_within(part) for part in node.of)
        case Clip():
            return _comments_within(node.of)
        case Group(curve=curve) if curve is not None:
            return _comments_within(curve)
        case _:
            return False
