"""Mistakes that people make, and what they meant: the table of docs/mistakes.md.

`python -m tests.schedule.mistakes` writes the page anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rheostat.schedule import Diagnostic, ScheduleError, check, parse

PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text as typed, and the program that was meant."""

    typed: str
    meant: str


MISTAKES = [
    Mistake("cosin -> 0", "cosine -> 0"),
    Mistake("Cosine 1x -> 0", "cosine 1x -> 0"),
    Mistake("CosineAnnealingLR(optimizer, T_max=1000, eta_min=1e-6)", "cosine -> 1e-6 for 1000"),
    Mistake("StepLR(step_size=30, gamma=0.1)", "drop 0.1x every 30"),
    Mistake("MultiStepLR(optimizer, [30, 80], 0.1)", "drop 0.1x at 30, 80"),
    Mistake("ReduceLROnPlateau(factor=0.5, patience=5)", "plateau(val_loss, factor=0.5x, patience=5)"),
    Mistake("OneCycleLR", "cosine 0.04x -> 1x for 30%; cosine -> 4e-6x"),
    Mistake("constant_with_warmup", "linear 0 -> 1x for 5%; hold"),
    Mistake("warmup 500; cosine -> 0", "linear 0 -> 1x for 500; cosine -> 0"),
    Mistake("warmup 0 -> 1x for 5%; hold", "linear 0 -> 1x for 5%; hold"),
    Mistake("linear 0 to 1x for 500", "linear 0 -> 1x for 500"),
    Mistake("linear from 0 to 1x over 500", "linear 0 -> 1x for 500"),
    Mistake("linear 0 → 1x for 500", "linear 0 -> 1x for 500"),
    Mistake("linear 0 => 1x for 500", "linear 0 -> 1x for 500"),
    Mistake("linear 0 –> 1x for 500", "linear 0 -> 1x for 500"),
    Mistake("linear 0..1x for 500", "linear 0 -> 1x for 500"),
    Mistake("linear(0, 1x, 500)", "linear 0 -> 1x for 500"),
    Mistake("cosine(0)", "cosine -> 0"),
    Mistake("cosine 0", "cosine -> 0"),
    Mistake("cosine 1x for 90%", "cosine 1x -> 0 for 90%"),
    Mistake("3e-4 -> 0 cosine", "cosine 3e-4 -> 0"),
    Mistake("linear 0 -> 1 for 500; hold", "linear 0 -> 1x for 500; hold"),
    Mistake("linear 0 -> 100% for 500; hold", "linear 0 -> 1x for 500; hold"),
    Mistake("linear 0 -> 1e-3x for 500; hold", "linear 0 -> 1e-3 for 500; hold"),
    Mistake("linear 0 -> 1x 500; hold", "linear 0 -> 1x for 500; hold"),
    Mistake("linear 0 -> 1x for 500 cosine -> 0", "linear 0 -> 1x for 500; cosine -> 0"),
    Mistake("linear 0 -> 1x for 500, cosine -> 0", "linear 0 -> 1x for 500; cosine -> 0"),
    Mistake("linear 0 -> 1x for 500 then cosine -> 0", "linear 0 -> 1x for 500; cosine -> 0"),
    Mistake("for 500 linear 0 -> 1x; hold", "linear 0 -> 1x for 500; hold"),
    Mistake("linear 0 -> 1x for 500 steps; hold", "linear 0 -> 1x for 500st; hold"),
    Mistake("linear 0 -> 1x for 5 %; hold", "linear 0 -> 1x for 5%; hold"),
    Mistake("linear 0 -> 1x for 10epochs; hold", "linear 0 -> 1x for 10ep; hold"),
    Mistake("linear 0 -> 1x for 0.1; cosine -> 0", "linear 0 -> 1x for 10%; cosine -> 0"),
    Mistake("hold for 1,000; linear -> 0", "hold for 1000; linear -> 0"),
    Mistake("linear -> 0 for 110%", "linear -> 0 for 100%"),
    Mistake("hold 500; linear -> 0", "hold for 500; linear -> 0"),
    Mistake("hold 10k; linear -> 0", "hold for 10k; linear -> 0"),
    Mistake("decay 0.95x", "decay 0.95x every 1ep"),
    Mistake("drop 0.1 at 30ep, 80ep", "drop 0.1x at 30ep, 80ep"),
    Mistake("drop 0,1x every 30ep", "drop 0.1x every 30ep"),
    Mistake("drop 0.1x 30ep", "drop 0.1x every 30ep"),
    Mistake("drop 0.1x at [30ep, 80ep]", "drop 0.1x at 30ep, 80ep"),
    Mistake("poly -> 0", "poly(2) -> 0"),
    Mistake("poly 0.9 -> 0", "poly(0.9) -> 0"),
    Mistake("rsqrt 2k", "rsqrt(2k)"),
    Mistake("expo 1x -> 0", "expo 1x -> 1e-8"),
    Mistake("lr=3e-4; cosine -> 0", "base 3e-4; cosine -> 0"),
    Mistake("total: 100k\ncosine -> 0", "total 100k\ncosine -> 0"),
    Mistake("3e-4 * 0.1", "3e-4 * 0.1x"),
    Mistake("cosine 3e–4 -> 0", "cosine 3e-4 -> 0"),
    Mistake("{ linear 0 -> 1x for 500; cosine -> 0", "{ linear 0 -> 1x for 500; cosine -> 0 }"),
    Mistake("repeat { cosine 1x -> 0 for 1k }", "repeat forever { cosine 1x -> 0 for 1k }"),
    Mistake("repeat 3x { cosine 1x -> 0 }", "repeat 3 { cosine 1x -> 0 }"),
    Mistake("repeat 3 cosine 1x -> 0 for 1k", "repeat 3 { cosine 1x -> 0 for 1k }"),
    Mistake("cosine -> 0 clip(1e-6, 1e-3)", "cosine -> 0 clip 1e-6..1e-3"),
    Mistake("curve(1e-3 * 0.95**step)", "curve(1e-3 * 0.95^t)"),
    Mistake("plateau(val_loss, 0.1, 10)", "plateau(val_loss, factor=0.1x, patience=10)"),
    Mistake("plateau(factor=0.1x)", "plateau(val_loss, factor=0.1x)"),
    Mistake("hold until decay; sqrt -> 0 for 2k", "hold until @decay; sqrt -> 0 for 2k"),
    Mistake("hold until 80%; linear -> 0", "hold for 80%; linear -> 0"),
    Mistake("linear 0 -> 1x for 500 // warm up\nhold", "linear 0 -> 1x for 500 # warm up\nhold"),
    Mistake("cosine -> 0\ngroup head lr 1e-4", "cosine -> 0\ngroup head base 1e-4"),
    Mistake("cosine -> 0\ngroup head 1e-4", "cosine -> 0\ngroup head base 1e-4"),
    Mistake("step 4M tokens\nlinear 0 -> 1x for 2Btok; hold", "step 4Mtok\nlinear 0 -> 1x for 2Btok; hold"),
]


@dataclass(frozen=True, slots=True)
class Told:
    """What a mistake got: the first finding, and the text when no suggestion is left to apply."""

    mistake: Mistake
    first: Diagnostic
    mended: str

    @property
    def is_right(self) -> bool:
        """Tell whether the suggestions led to the program that was meant."""
        try:
            return parse(self.mended) == parse(self.mistake.meant)
        except ScheduleError:
            return False


def told(mistake: Mistake) -> Told:
    """Check a text, and apply the first suggestion there is, again and again."""
    first, text = check(mistake.typed)[0], mistake.typed
    for _ in range(_ROUNDS):
        fault = next((one for one in check(text) if one.replacement is not None), None)
        if fault is None:
            break
        text = fault.mend(text)
    return Told(mistake, first, text)


def page() -> str:
    """Write the page."""
    found = [told(mistake) for mistake in MISTAKES]
    right = sum(one.is_right for one in found)
    rows = "\n".join(map(_row, found))
    return f"""# Typical mistakes

What people type, and what they are told. `check` (and with it the editor and `rheostat preview`) finds each;
where a finding knows what mends it, `Diagnostic.replacement` has it and `Diagnostic.mend(text)` puts it in;
the editor offers it as a button.

The tests make this table (`python -m tests.schedule.mistakes`): each text is checked, suggestions are applied
until none is left, and the program that comes out is compared with the one that was meant.
{right} of {len(found)} come out right.

| typed | told | after its suggestions | right |
|---|---|---|---|
{rows}
"""


def _row(one: Told) -> str:
    message = f"{one.first.line}:{one.first.column} {one.first.message}: {one.first.suggestion}"
    mended = _code(one.mended) if one.mended != one.mistake.typed else ""
    return f"| {_code(one.mistake.typed)} | {_cell(message)} | {mended} | {'yes' if one.is_right else 'no'} |"


def _code(text: str) -> str:
    return "<br>".join(f"`{_cell(line)}`" for line in text.split("\n"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
