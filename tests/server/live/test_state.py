"""The state of a run from plain facts."""

from __future__ import annotations

import pytest

from rheostat_server.live.state import attempt_state


@pytest.mark.parametrize(
    ("ended", "connected", "ago", "state"),
    [
        (None, True, 0.0, "live"),
        (None, True, 10.0, "live"),
        (None, True, 10.1, "silent"),
        (None, True, 1e6, "silent"),
        (None, False, 3.0, "live"),
        (None, False, 59.0, "silent"),
        (None, False, 61.0, "crashed"),
        ("finished", True, 0.0, "finished"),
        ("stopped", False, 1e6, "stopped"),
        ("crashed", False, 0.0, "crashed"),
    ],
)
def test_states(ended: str | None, connected: bool, ago: float, state: str) -> None:
    found = attempt_state(
        ended=ended, connected=connected, heard_ago=ago, silent_after=10.0, crash_after=60.0
    )
    assert found == state
