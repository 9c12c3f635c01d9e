"""Every example runs, alone and without a server, and learns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*.py"))


@pytest.mark.process
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_runs_and_learns(example: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", example], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    losses = [float(line.split("loss")[1].split()[0]) for line in done.stdout.splitlines() if "loss" in line]
    assert len(losses) > 2
    assert losses[-1] < 0.5 * losses[0]
