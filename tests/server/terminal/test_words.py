"""A plan in words, and carets beneath faults."""

from __future__ import annotations

import pytest

from rheostat.schedule import check, parse
from rheostat_server.terminal.words import faults, table


def test_the_table_has_figures_parts_and_jumps() -> None:
    text = "linear 0 -> 1x for 5%; hold; 1e-4 for 20%"
    said = "\n".join(table(parse(text).bind(base=1e-3, total=10_000).analyse()))
    for words in ("10,000", "0 at step 0, 1e-4 at the last", "0 to 1e-3", "mean lr", "75.0%", "1e-3 -> 1e-4"):
        assert words in said


def test_long_tables_are_cut_and_say_so() -> None:
    plan = parse("repeat 50 { linear 0 -> 1x for 10; hold 0 for 10 }").bind(base=1e-3, total=1000)
    said = table(plan.analyse())
    assert len(said) < 40
    assert any("more jumps" in line for line in said)


@pytest.mark.parametrize("text", ["cosin -> 0", "hold for 5\n\t\tcosin -> 0", "hold for 5; cosin -> 0"])
def test_carets_stand_beneath_the_span(text: str) -> None:
    head, line, carets, hint = faults(text, check(text))
    assert head.startswith("error at")
    start = carets.index("^")
    assert line[start : start + carets.count("^")] == "cosin"
    assert carets.count("^") == 5
    assert carets[4:start].isspace() or start == 4
    assert "cosine" in hint


def test_a_span_at_the_end_of_a_line_still_has_a_caret() -> None:
    said = "\n".join(faults("hold for", check("hold for")))
    assert "^" in said or "error at 1:9" in said
