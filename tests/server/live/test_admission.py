"""Many jobs let in at once: the answers and the rows are those of letting in one after the other."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, event, select

from rheostat.control.command import Command, Hold
from rheostat.wire import Hello
from rheostat_server.live.admission import Admitted, Greeting, admit
from rheostat_server.models import CommandRequest
from rheostat_server.store import commands, fences
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.runs import add_flush
from rheostat_server.store.schema import attempts, command_events, runs
from tests.server.running import flush, hello

RUNS = 12


def one(rng: random.Random, run: int) -> Greeting:
    attempt = f"{run}-{rng.randrange(3)}"
    held = (Command(id="own", action=Hold(0.1), issued_by="job"),) if rng.random() < 0.2 else ()
    said = hello(run=f"r{run}", attempt=attempt, restart=rng.randrange(3), writer=attempt)
    project = rng.choice([None, None, said.project, "another"])
    return Greeting(replace(said, active=held), project)


def renamed(greeting: Greeting, prefix: str) -> Greeting:
    return Greeting(replace(greeting.hello, run=prefix + greeting.hello.run), greeting.project)


def plain(found: Any, prefix: str) -> str:
    """An answer without what must differ: the prefix of its run, and the numbers of its attempts."""
    if isinstance(found, Admitted):
        admission = found.admission
        lives = [asdict(life) | {"ordinal": 0} for life in admission.run.attempts]
        own = [life.ordinal for life in admission.run.attempts].index(admission.ordinal)
        kept = (admission.fence, own, admission.acked, admission.reported, admission.run.hello, lives)
        found = (*kept, admission.run.edits, found.changed, found.deliver, found.alerts)
    return repr(found).replace(prefix, "")


def rows(engine: Engine, prefix: str) -> str:
    kept = [
        select(runs.c.id, runs.c.hello, runs.c.fence, runs.c.holder, runs.c.noted, runs.c.revision),
        select(attempts.c.run, *[c for c in attempts.c if c.name not in ("run", "ordinal")]),
        select(command_events.c.run, command_events.c.command, command_events.c.event),
    ]
    with engine.connect() as connection:
        found = [sorted(str(tuple(row)) for row in connection.execute(query)) for query in kept]
    return str([[row.replace(prefix, "") for row in part if prefix in row] for part in found])


def command(engine: Engine, greeting: Hello, seq: int) -> None:
    """A command asked for by a person, and a flush, between two hellos."""
    with engine.begin() as connection:
        ledger, run = Ledger(), greeting.run
        request = CommandRequest(kind="hold", value=1.0)
        commands.record(
            connection, run, greeting.attempt, request, command_id=f"c{seq}", issued_by="me", now=1.0
        )
        sent = flush(1, 0, 5, ["g"])
        add_flush(connection, ledger, sent, run=run, attempt=1, writer=greeting.writer, now=1.0)
        ledger.save(connection)


@pytest.mark.parametrize("seed", range(3))
def test_as_one_after_the_other(engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_AT_ONCE", 5)  # so that logs are read in several goes
    rng = random.Random(seed)
    each, together = Ledger(), Ledger()
    with engine.begin() as connection:
        fences.beat(connection, "there", "http://there")
    for number in range(8):
        me = rng.choice(["here", "there"])
        chosen = rng.sample(range(RUNS), rng.randrange(1, RUNS))
        greetings = [one(rng, run) for run in chosen]
        answers: dict[str, list[str]] = {}
        with engine.begin() as connection:
            answers["one-"] = [
                plain(admit(connection, each, [renamed(greeting, "one-")], me, 1.0)[0], "one-")
                for greeting in greetings
            ]
            each.save(connection)
        with engine.begin() as connection:
            found = admit(connection, together, [renamed(one, "all-") for one in greetings], me, 1.0)
            answers["all-"] = [plain(answer, "all-") for answer in found]
            together.save(connection)
        assert answers["all-"] == answers["one-"]
        for prefix in ("one-", "all-"):
            command(engine, renamed(greetings[0], prefix).hello, number)
        assert rows(engine, "all-") == rows(engine, "one-")


def test_statements_do_not_grow_with_the_jobs(engine: Engine) -> None:
    count = [0, 0]

    def let_in(jobs: int) -> list[int]:
        made = []
        for _ in range(2):  # new runs, then the same ones again
            count[:] = 0, 0
            with engine.begin() as connection:
                greetings = [Greeting(hello(run=f"{jobs}-{at}", attempt="a")) for at in range(jobs)]
                admit(connection, Ledger(), greetings, "here", 1.0)
            made.append(count[0])
        return made

    @event.listens_for(engine, "before_cursor_execute")
    def _counted(*_: object) -> None:
        count[0] += 1

    few, many = let_in(2), let_in(60)
    # SQLite, where a statement is a call and no journey, gets two for each job, at most.
    more = 2 * 58 if engine.dialect.name == "sqlite" else 0
    assert all(many[at] <= few[at] + more for at in (0, 1))
    assert max(few) <= 12, few
