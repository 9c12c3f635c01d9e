"""Processor time of texts made to hurt: parse, check, bind, draw on 2,000 px and analyse.

    python -m bench.hostile [how many, 10,000 if left out]

Prints the distribution, and what the slowest texts are. A text that ends in another exception ends the bench.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections import defaultdict

from tests.schedule.hostile import RUNS, outcome, texts

SEED = 20


def main() -> None:
    """Time each text once, and the slowest four times more: one time may be somebody else's."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    warnings.simplefilter("error")
    outcome("cosine -> 0", RUNS[0])
    times: list[tuple[float, str, str, int]] = []
    outcomes: dict[str, int] = defaultdict(int)
    for number, (kind, text) in enumerate(texts(SEED, count)):
        run = number // 10 % len(RUNS)
        seconds, found = timed(text, run)
        outcomes[found] += 1
        times.append((seconds, kind, text, run))
    times.sort(key=lambda row: row[0], reverse=True)
    for place, (seconds, kind, text, run) in enumerate(times[:100]):
        times[place] = (min(seconds, *(timed(text, run)[0] for _ in range(4))), kind, text, run)
    times.sort(key=lambda row: row[0], reverse=True)
    taken = [row[0] for row in times]
    print(", ".join(f"{number} {found}" for found, number in sorted(outcomes.items())))
    print(
        f"median {1e3 * statistics.median(taken):.2f} ms, p99 {1e3 * taken[len(taken) // 100]:.1f} ms, "
        f"worst {1e3 * taken[0]:.1f} ms, above 50 ms: {sum(second > 0.05 for second in taken)}"
    )
    for second, kind, text, run in times[:12]:
        print(f"{1e3 * second:7.1f} ms  {kind}, run {run}, {len(text)} characters: {text[:160]!r}")


def timed(text: str, run: int) -> tuple[float, str]:
    """Processor time of one text, and how it ended."""
    begun = time.process_time()
    found = outcome(text, RUNS[run])
    return time.process_time() - begun, found


if __name__ == "__main__":
    main()
