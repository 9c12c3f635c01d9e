"""Real jobs of several gloo ranks: every command begins at one step on all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ranks.chaos import unlike
from tests.ranks.launch import launch

pytestmark = pytest.mark.process


def check_alike(seen: list[dict[str, Any]]) -> None:
    first = seen[0]
    for each in seen:
        assert each["errors"] == 0
        assert each["trouble"] == ""
        assert each["applied"] == first["applied"]
        assert each["ended"] == first["ended"]
        assert each["used"] == first["used"]
        assert each["weights"] == each["by_hand"] == first["weights"]


def test_three_ranks_under_stalls_begin_every_command_at_the_same_step(tmp_path: Path) -> None:
    seen = launch(3, tmp_path, "ddp", str(tmp_path), "420", "0.95")
    check_alike(seen)
    assert len(seen[0]["applied"]) >= 300
    assert seen[0]["windows"] == 26
    assert len({step % 16 for step in seen[0]["applied"].values()}) == 1
    naive = [each["naive"] for each in seen]
    assert len(naive[0]) >= 300
    assert unlike(naive, until=420)


@pytest.mark.parametrize("kind", ["fsdp", "zero"])
def test_sharded_ranks_end_with_the_weights_of_lrs_set_by_hand(kind: str, tmp_path: Path) -> None:
    """Parameters sharded (FSDP2), or the optimizer's state alone (ZeroRedundancyOptimizer)."""
    seen = launch(2, tmp_path, kind, str(tmp_path), "150", "0.3")
    check_alike(seen)
    assert len(seen[0]["applied"]) >= 10


def test_checkpoint_pause_and_stop_are_at_one_step_and_a_rank_that_differs_is_found(tmp_path: Path) -> None:
    one, two = launch(2, tmp_path, "orders", str(tmp_path))
    assert one["made"] == two["made"]
    assert len(one["made"]) == 1
    assert one["steps"] == two["steps"] <= 150
    # Rank 0 alone knows of the resume, which is no step's business.
    assert [a for a in one["applied"] if a in two["applied"]] == two["applied"]
    assert len(two["applied"]) == 4
    assert one["weights"] == two["weights"]
    assert one["refused"].startswith("ranks_differ: the planned lrs of rank")
