"""The protocol under every fault at once, over many seeds; ``python -m tests.protocol`` runs ten thousand."""

from __future__ import annotations

import numpy as np
import pytest

from rheostat.agent.session import Session
from rheostat.agent.stream import Stream
from rheostat.wire import Ack, encode
from rheostat_server.live.session import AgentSession
from tests.protocol.__main__ import SHARE, run
from tests.protocol.server import Store
from tests.protocol.world import World


@pytest.mark.parametrize("first", range(0, 8 * SHARE, SHARE))
def test_acked_is_stored_exactly_once_and_commands_act_at_most_once(first: int) -> None:
    seen = run(first)
    assert all(seen[fault] for fault in ("drop", "duplicate", "swap", "cut", "job", "server", "back"))
    assert seen["commands"] > SHARE


def fails(seeds: int = 60) -> bool:
    """Whether a world finds fault with what it is made of."""
    for seed in range(seeds):
        try:
            world = World(seed)
            world.run()
            world.check()
        except AssertionError:
            return True
    return False


def test_the_checker_sees_a_server_that_takes_flushes_out_of_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AgentSession, "_in_turn", lambda self, message: [])
    assert fails()


def test_the_checker_sees_what_is_forgotten_at_its_ack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stream, "_take_back", lambda self, acked: None)
    assert fails()


def test_the_checker_sees_reports_that_are_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Session.opened

    def forgetful(self: Session, hello: object, now: float) -> bytes:
        self.reports._sent.clear()
        self.reports._kept.clear()
        self.reports.acked = self.reports.last
        return opened(self, hello, now)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "opened", forgetful)
    assert fails()


def test_the_checker_sees_a_store_that_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Store.put

    def doubling(self: Store, writer: str, message: object) -> None:
        put(self, writer, message)  # type: ignore[arg-type]
        self.flushes[writer + "+", len(self.flushes)] = np.array([0], dtype="<i8").tobytes()

    monkeypatch.setattr(Store, "put", doubling)
    assert fails()


def test_an_ack_for_what_was_never_sent_is_not_believed() -> None:
    session = Session("w")
    session.welcomed = True
    session.received(encode(Ack(10**12, 10**12)), 0.0)
    assert (session.acked, session.reports.acked) == (0, 0)
