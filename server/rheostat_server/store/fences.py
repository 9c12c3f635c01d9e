"""Who writes a run, decided in the database: one connection of one server at a time.

Every admission moves the run's fence on by one; whoever writes under an older fence is refused by the
commit itself. ``holder`` names the server that has the job's socket, for as long as that server lives.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Float, and_, cast, func, literal, select, update
from sqlalchemy import delete as delete_from

from rheostat_server.store.database import insert_new
from rheostat_server.store.schema import replicas, runs

__all__ = [
    "ALIVE_S",
    "alive",
    "beat",
    "database_time",
    "give_back",
    "leave",
    "touch",
]

ALIVE_S = 10.0
"""A server that has not been heard of for so long holds its runs no more."""


def database_time(connection: Connection) -> ColumnElement[float]:
    """Unix seconds by the database's own clock, which all servers share; 0 where there is but one."""
    if connection.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()), Float)
    return literal(0.0)


def give_back(connection: Connection, run: str, fence: int) -> None:
    """Hold ``run`` no more, unless another has taken it since."""
    mine = and_(runs.c.id == run, runs.c.fence == fence)
    connection.execute(update(runs).where(mine).values(holder=None, changed_at=database_time(connection)))


def touch(connection: Connection, run: str) -> int:
    """Lock the run's row and mark that its commands or its end changed; its fence."""
    changes = {"noted": runs.c.noted + 1, "changed_at": database_time(connection)}
    mine = update(runs).where(runs.c.id == run)
    return int(connection.scalar(mine.values(changes).returning(runs.c.fence)) or 0)


def beat(connection: Connection, me: str, url: str) -> float:
    """Say that this server lives; the database's time."""
    now = float(connection.scalar(select(database_time(connection))) or 0.0)
    changed = update(replicas).where(replicas.c.id == me).values(seen_at=now)
    if connection.execute(changed).rowcount == 0:
        connection.execute(insert_new(connection, replicas).values(id=me, url=url, seen_at=now))
        # Those that went long ago are of no interest to anyone.
        connection.execute(delete_from(replicas).where(replicas.c.seen_at < now - 100 * ALIVE_S))
    return now


def alive(connection: Connection) -> set[str]:
    """The servers that live."""
    since = database_time(connection) - ALIVE_S
    return set(connection.scalars(select(replicas.c.id).where(replicas.c.seen_at > since)))


def leave(connection: Connection, me: str) -> None:
    """Free what this server holds, because it stops."""
    changes = {"holder": None, "changed_at": database_time(connection)}
    connection.execute(update(runs).where(runs.c.holder == me).values(changes))
    connection.execute(delete_from(replicas).where(replicas.c.id == me))
