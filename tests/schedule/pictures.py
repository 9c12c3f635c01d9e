"""Draw the small pictures of docs/language.md: ``python -m tests.schedule.pictures``."""

from __future__ import annotations

from pathlib import Path

from rheostat.schedule import parse
from rheostat.schedule.drawing.svg import lines, svg

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "shapes"

# Each in a run of 100 steps with a base lr of 1; ten steps are an epoch.
PROGRAMS = {
    "hold": "hold 1x",
    "linear": "linear 1x -> 0",
    "cosine": "cosine 1x -> 0",
    "poly": "poly(2) 1x -> 0",
    "sqrt": "sqrt 1x -> 0",
    "expo": "expo 1x -> 0.01x",
    "halving": "halving 1x -> 0",
    "tanh": "tanh(-7, 3) 1x -> 0",
    "rsqrt": "rsqrt(10)",
    "drop": "drop 0.5x every 2ep",
    "drop-at": "drop 0.3x at 3ep, 8ep",
    "decay": "decay 0.8x every 1ep",
    "keys": "keys { 0: 0; 5%: 1x; 80%: 1x; 100%: 0.1x cosine }",
    "product": "{ linear 0.1x -> 1x for 20; hold } * drop 0.5x every 4ep",
    "repeat": "repeat 3 { linear 0 -> 1x for 10%; linear -> 0 for 23% }",
    "stretch": "repeat forever stretch 2 { cosine 1x -> 0 for 14 }",
    "shrink": "repeat forever shrink 0.5x toward 0.1x { linear 0.1x -> 1x for 10; linear -> 0.1x for 10 }",
    "wsd": "linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%",
}


def drawn(program: str) -> str:
    """One picture: the curve alone, which shows on light and dark pages."""
    plan = parse(program).bind(base=1.0, total=100, epoch=10)
    return svg(lines((plan,), 100), width=120, height=40, bare=True) + "\n"


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, program in PROGRAMS.items():
        (FOLDER / f"{name}.svg").write_text(drawn(program))


if __name__ == "__main__":
    main()
