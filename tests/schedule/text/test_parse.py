from __future__ import annotations

import pytest

from rheostat.schedule import check, parse

CASES = [
    ("linear 0 -> 1x; cosin -> 0", 1, 17, 5, "unknown-shape", "did you mean 'cosine'?", "cosine"),
    ("3e-4 * 1e-4", 1, 8, 4, "lr-times-lr", "did you mean 1e-4x?", "1e-4x"),
    ("linear 0 -> 1x 500", 1, 16, 3, "expected", "did you mean 'for 500'?", "for 500"),
    ("linear 0 -> 1x for 500 cosine -> 0", 1, 24, 6, "expected", "did you mean '; cosine'?", "; cosine"),
    ("linear 0 -> 5%", 1, 13, 2, "unit", "did you mean 0.05x?", "0.05x"),
    ("hold for 5epochs", 1, 10, 7, "unit", "did you mean 5ep?", "5ep"),
    ("hold for 0.1x", 1, 10, 4, "unit", "write 500, 2k, 5ep or 10%", None),
    ("-> 0", 1, 1, 2, "expected", "write 'linear ->'", "linear ->"),
    ("linear 0 → 1x", 1, 10, 1, "character", "did you mean '->'?", "->"),
    ("drop 0.1 every 30ep", 1, 6, 3, "factor", "did you mean 0.1x?", "0.1x"),
    ("drop 0.1x", 1, 10, 0, "expected", "write 'drop 0.1x every 30ep'", " every 30ep"),
    ("hold -> 1x", 1, 6, 5, "no-ramp", "use linear, or drop the '->'", None),
    ("cosine 1x", 1, 10, 0, "no-end", "write '-> 0'", " -> 0"),
    ("expo 0 -> 1x", 1, 6, 1, "zero", "write 1e-8, or use linear", None),
    ("poly -> 0", 1, 1, 4, "arguments", "did you mean poly(2)?", "poly(2)"),
    ("cosine(2) -> 0", 1, 7, 3, "arguments", "remove the parentheses", ""),
    ("linear -3e-4 -> 0", 1, 8, 5, "negative", "drop the '-'", None),
    ("hold for 0", 1, 10, 1, "no-length", "remove the part", None),
    ("hold\n}", 2, 1, 1, "brace", "remove it", ""),
    ("hold\n{ hold", 2, 1, 6, "brace", "add '}'", "{ hold }"),
    ("main", 1, 1, 4, "main", "write group name = … * main", None),
    ("linear 0 > 1x for 5%", 1, 10, 1, "character", "did you mean '->'?", "->"),
    ("hold for 3 epochs", 1, 10, 8, "unit", "did you mean 3ep?", "3ep"),
    ("hold for 3 ep", 1, 10, 4, "unit", "did you mean 3ep?", "3ep"),
    ("hold for 3 parsecs", 1, 12, 7, "unit",
     "units are st, ep, %, fr, tok and sp, with k, M or B before them", None),
    ("hold * }", 1, 8, 1, "expected", "write a value as 3e-4, or a shape as hold", None),
    ("{ total 5 }", 1, 3, 5, "setting", "move it out", None),
    ("plateau(val_loss, patients=3)", 1, 19, 8, "arguments", "did you mean 'patience'?", "patience"),
    ("plateau(val_loss, factor=0.1)", 1, 26, 3, "factor", "did you mean 0.1x?", "0.1x"),
    ("plateau(val_loss, mode=lower)", 1, 24, 5, "expected", "write min", None),
    ("plateau(val_loss, factor=2x)", 1, 1, 28, "arguments", "write factor=0.1x", None),
    ("plateau(val_loss, patience=0.5)", 1, 28, 3, "arguments", "write patience=10", None),
    ("plateau(a, rule=keras, threshold_mode=rel)", 1, 1, 42, "arguments", "leave them out", None),
    ("repeat 3 { hold for 5; plateau(a) for 5 }", 1, 24, 10, "event",
     "multiply: repeat … * plateau(…)", None),
    ("repeat 3 { hold for 5 until @a }", 1, 23, 8, "event", "move it out", None),
    ("hold until go", 1, 12, 2, "expected", "did you mean @go?", "@go"),
    ("linear -> 0 until @go", 1, 1, 21, "no-length", "write for 10k until @go", None),
    ("1x clip 1e-3..1e-6", 1, 9, 10, "order", "did you mean 1e-6..1e-3?", "1e-6..1e-3"),
    ("1x clip 1e-3", 1, 13, 0, "expected", "write clip 1e-6..1e-3", None),
    ("curve(1e-3 * (1 - v))", 1, 19, 1, "unknown-name",
     "names are t, u, T, N, n, i, base, pi", None),
    ("curve(1e-3 * sqr(u))", 1, 14, 3, "unknown-name", "did you mean 'sqrt'?", "sqrt"),
    ("curve(t**2)", 1, 8, 2, "power", "did you mean '^'?", "^"),
    ("curve(2t)", 1, 7, 2, "unit", "did you mean 2 * t?", "2 * t"),
    ("curve(min(t))", 1, 7, 6, "arguments", "write min(…)", None),
    ("hold (1e-3 * t)", 1, 14, 1, "name", "write it in curve(…)", None),
    ("keys { 0: 1x; 5%: 0 zz }", 1, 21, 2, "unknown-shape",
     "shapes are hold, linear, cosine, poly, sqrt, expo, halving, tanh", None),
    ("keys { 0: 1x; 5%: 0 cos }", 1, 21, 3, "unknown-shape", "did you mean 'cosine'?", "cosine"),
    ("keys { 0 1x }", 1, 10, 2, "expected", "write 5%: 1x", None),
    ("keys { }", 1, 6, 3, "empty", "write keys { 0: 0; 100%: 1x }", None),
    ("hold; group layer[5..2]", 1, 18, 6, "range", "write layer[0..11]", None),
    ("hold; group a[0..3]; group a2", 1, 22, 8, "twice", "remove one", None),
    ("step 1Mtok for 5k, 2Mtok for 5k; hold", 1, 1, 31, "step",
     "write step 1Mtok for 10k, 4Mtok", None),
    ("step 1Mtok for 5k, 512sp; hold", 1, 20, 5, "unit", "write it in tok", None),
    ("repeat { hold for 5 }", 1, 8, 1, "expected", "did you mean 'repeat forever {'?", "forever {"),
    ("repeat 3 stretch 0.5 { hold for 5 }", 1, 18, 3, "stretch", "write stretch 2", "2"),
    ("base 0.1x", 1, 6, 4, "base", "write base 3e-4", None),
    ("total 5%", 1, 7, 2, "unit", "write total 1000", None),
    ("warmup 0 -> 1x", 1, 1, 6, "unknown-shape", "did you mean 'linear'?", "linear"),
    ("", 1, 1, 0, "empty", "write a value as 3e-4, or a shape", None),
    ("{}", 1, 1, 2, "empty", "put a part in", None),
    ("hold; total 5; total 6", 1, 16, 7, "twice", "remove one", None),
    ("group a; group a", 1, 10, 7, "twice", "remove one", None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_faults_say_where_what_and_what_instead(case: tuple[object, ...]) -> None:
    text, *wanted = case
    (found,) = check(str(text))
    assert found.severity == "error"
    assert found.suggestion
    assert wanted == [
        found.line, found.column, found.length, found.code, found.suggestion, found.replacement
    ]  # fmt: skip


def mended(text: str) -> str:
    first = check(text)[0]
    assert first.replacement is not None
    return first.mend(text)


@pytest.mark.parametrize("text", [case[0] for case in CASES if case[-1] is not None and case[0] != "hold\n}"])
def test_replacements_mend(text: str) -> None:
    again = mended(text)
    while any(d.severity == "error" for d in check(again)):
        again = mended(again)
    assert parse(again)


def test_several_faults_in_one_pass() -> None:
    found = check(
        "linear 0 -> 1q for 5\nrepeat 3 {\n  cosin -> 0 for 5\n  hold for 5%%\n}\n3e-4 for 5; drop 1 at 5"
    )
    assert [(d.line, d.column, d.code) for d in found] == [
        (1, 13, "unit"),
        (3, 3, "unknown-shape"),
        (4, 14, "character"),
        (6, 18, "factor"),
    ]


def test_newlines_of_every_kind_and_comments_are_read() -> None:
    assert parse("hold for 5\r\nlinear -> 0\r\n") == parse("hold for 5; linear -> 0")
    assert str(parse("#a\nhold #b\n#c")) == "# a\nhold  # b\n# c"
