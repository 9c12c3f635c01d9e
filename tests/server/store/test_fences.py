"""Of two servers on one database, only the one that took a run last writes it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from rheostat.wire import Refused
from rheostat_server.live.admission import Admitted, Greeting, admit
from rheostat_server.store.database import FencedError, OvertakenError
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.runs import add_flush, row_of
from tests.server.running import flush, hello

GROUPS = ["backbone", "head"]


def let_in(engine: Engine, ledger: Ledger, me: str, attempt: str, restart: int) -> Admitted:
    with engine.begin() as connection:
        greeting = Greeting(hello(attempt=attempt, restart=restart))
        (found,) = admit(connection, ledger, [greeting], me, 1.0)
        ledger.save(connection)
    assert not isinstance(found, Refused)
    return found


def test_reports_and_the_goodbye_ask_the_database(engine: Engine) -> None:
    here, there = Ledger(), Ledger()
    old = let_in(engine, here, "here", "a1", 0)
    with engine.begin() as connection:
        assert here.take_report(connection, "r1", "a1", 1, old.admission.fence)
        assert not here.take_report(connection, "r1", "a1", 1, old.admission.fence), "it was taken before"
        here.save(connection)
    new = let_in(engine, there, "there", "a2", 1)
    with engine.begin() as connection:
        with pytest.raises(FencedError):
            here.take_report(connection, "r1", "a1", 2, old.admission.fence)
        with pytest.raises(FencedError):
            here.check(connection, "r1", old.admission.fence, lock=True)
        assert there.take_report(connection, "r1", "a2", 1, new.admission.fence)
        there.save(connection)
        assert row_of(connection, "r1").progress.reported == {"a2": 1}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_flush_is_refused_when_its_transaction_ends(engine: Engine) -> None:
    here, there = Ledger(), Ledger()
    old = let_in(engine, here, "here", "a1", 0)
    let_in(engine, there, "there", "a2", 1)
    message = flush(1, 0, 5, GROUPS)
    with engine.connect() as connection:
        assert add_flush(
            connection, here, message, run="r1", attempt=1, writer="a1", now=2.0, fence=old.admission.fence
        ), "what this server remembers lets it pass"
        with pytest.raises(OvertakenError):
            here.save(connection)
    with engine.begin() as connection:
        assert row_of(connection, "r1").progress.step == 0
