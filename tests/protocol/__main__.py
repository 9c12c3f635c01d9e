"""Ten thousand seeds: ``python -m tests.protocol [HOW_MANY]`` prints what they went through."""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.protocol.world import World

SHARE = 250


def run(first: int, count: int = SHARE) -> Counter[str]:
    """Simulate ``count`` seeds from ``first`` on; what happened in them. Raises at the first that fails."""
    events: Counter[str] = Counter()
    for seed in range(first, first + count):
        world = World(seed)
        try:
            world.run()
            world.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        events.update(world.events)
        events["steps"] += world.step
        events["commands"] += len(world.commands)
    return events


def main() -> None:
    """Simulate in as many processes as there are cores."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    begun = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        seen = sum(pool.map(run, range(0, count, SHARE)), Counter[str]())
    told = ", ".join(f"{number:,} {event}" for event, number in sorted(seen.items()))
    print(f"{count:,} seeds in {time.perf_counter() - begun:.1f} s, nothing lost or doubled; in them {told}")


if __name__ == "__main__":
    main()
