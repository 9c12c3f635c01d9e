"""Print the table of docs/convert.md: each family of the libraries, how many curves, the worst difference.

python -m bench.exactness [schedules of each family]
"""

from __future__ import annotations

import sys
from collections import defaultdict

from tests.schedule.convert.families import all_cases


def main() -> None:
    worst: dict[str, float] = defaultdict(float)
    counted: dict[str, int] = defaultdict(int)
    exempt: dict[str, int] = defaultdict(int)
    outside = 0
    for case in all_cases(each=int(sys.argv[1]) if len(sys.argv) > 1 else 8):
        errors = case.errors
        worst[case.family] = max(worst[case.family], float(errors.max()))
        counted[case.family] += 1
        exempt[case.family] += sum(step < len(errors) for step in case.exempt)
        outside += bool((errors > case.allowed).any())
    print("| family | curves | worst difference, of the peak | steps left out |")
    print("|---|---|---|---|")
    for family, count in counted.items():
        print(f"| {family} | {count} | {worst[family]:.1e} | {exempt[family] or ''} |")
    print(f"\n{sum(counted.values())} curves, worst {max(worst.values()):.1e}, {outside} outside the limit.")


if __name__ == "__main__":
    main()
