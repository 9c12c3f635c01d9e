"""The parser and a second grammar of the language (lark, LALR) accept and refuse the same texts.

The grammar knows what may stand where. What a text means (a name twice, an empty range) is the
parser's alone, so its codes fall in three: of syntax, where the grammar must refuse too; of
meaning, where it need not; and codes used for both, which are not judged.
What the grammar refuses the parser must refuse, by any code.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import LarkError

from rheostat.schedule import ScheduleError, parse, presets
from rheostat.schedule.text.format import write
from rheostat.schedule.text.tokens import Kind, tokenize
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.strategies import documents
from tests.schedule.test_programs_of_the_field import PROGRAMS

from .test_parse import CASES

ORACLE = Lark((Path(__file__).parent / "grammar.lark").read_text(), parser="lalr", lexer="contextual")
TEXTS = [*PROGRAMS, *(preset.text for preset in presets())]
SYNTAX = frozenset({
    "base", "brace", "character", "empty", "expected", "no-end", "no-ramp", "power", "setting",
    "unknown-name",
    "unknown-shape",
})  # fmt: skip
WORDS = (
    ";", "\n", "{", "}", "(", ")", "[", "]", ",", ":", "=", "*", "+", "-", "/", "^", "->", "..", "@go",
    "#", "0",
    "1x", "0.1x", "3e-4", "5%", "2k", "5ep", "2fr", "4Mtok", "base", "for", "until", "clip", "hold", "linear",
    "cosine", "poly", "poly(2)", "rsqrt(5)", "expo", "drop", "decay", "every", "at", "repeat",
    "forever", "keys",
    "curve", "t", "min", "plateau", "main", "group", "total", "step", "inclusive", "stretch", "shrink",
    "toward",
    "1..3", ")x", "5parsecs", "zz", "&", "x",
)  # fmt: skip


def faults(text: str) -> set[str]:
    try:
        parse(text)
    except ScheduleError as error:
        return {fault.code for fault in error.diagnostics}
    return set()


def is_read(text: str) -> bool:
    try:
        ORACLE.parse(text)
    except LarkError:
        return False
    return True


def agree(text: str) -> None:
    found = faults(text)
    if is_read(text):
        assert not found & SYNTAX
    else:
        assert found


@pytest.mark.parametrize("text", TEXTS)
def test_both_accept_the_programs_and_presets(text: str) -> None:
    assert faults(text) == set()
    assert is_read(text)


@pytest.mark.parametrize("text", [str(case[0]) for case in CASES])
def test_both_know_the_typical_mistakes_of_syntax(text: str) -> None:
    agree(text)


@settings(max_examples=150, deadline=None)
@given(documents())
def test_both_accept_what_trees_say(program: Seq) -> None:
    text = write(program)
    agree(text)
    assert is_read(text)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Programs with tokens taken away, doubled, exchanged and put in."""
    text = draw(st.sampled_from(TEXTS))
    tokens = [token for token in tokenize(text) if token.kind is not Kind.END]
    pieces = [("" if token.glued else " ") + token.text for token in tokens]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(pieces) - 1)) if pieces else 0
        match draw(st.sampled_from(("take", "double", "exchange", "put", "replace"))):
            case "take":
                del pieces[at : at + 1]
            case "double":
                pieces[at:at] = pieces[at : at + 1]
            case "exchange":
                pieces[at : at + 2] = reversed(pieces[at : at + 2])
            case "put":
                pieces.insert(at, draw(st.sampled_from(("", " "))) + draw(st.sampled_from(WORDS)))
            case _:
                pieces[at : at + 1] = [" " + draw(st.sampled_from(WORDS))]
    return "".join(pieces)


@settings(max_examples=600, deadline=None)
@given(mutated())
def test_both_agree_on_mutations(text: str) -> None:
    agree(text)
