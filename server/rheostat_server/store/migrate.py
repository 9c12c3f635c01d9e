"""Bringing a database to this version's tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select, update

from rheostat_server.store.schema import SCHEMA_VERSION, alembic_version, meta, metadata

__all__ = ["NewerError", "bring_up", "upgrade"]

_SCRIPTS = Path(__file__).with_name("migrations")


class NewerError(Exception):
    """The database was written by a later version; ``found`` is its schema version."""

    def __init__(self, found: int) -> None:
        super().__init__(f"schema version {found}, but this Rheostat reads up to {SCHEMA_VERSION}")
        self.found = found


def bring_up(connection: Connection) -> bool:
    """Make the tables, or alter them to this version's; whether they were made just now.

    Raises:
        NewerError: a later version wrote them.
    """
    if not inspect(connection).has_table("meta"):
        metadata.create_all(connection)
        connection.execute(insert(meta).values(key="schema_version", value=str(SCHEMA_VERSION)))
        connection.execute(insert(alembic_version).values(version_num=f"{SCHEMA_VERSION:04d}"))
        return True
    found = int(connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version")) or 0)
    if found > SCHEMA_VERSION:
        raise NewerError(found)
    if found < SCHEMA_VERSION:
        # The first version kept no record for Alembic.
        alembic_version.create(connection, checkfirst=True)
        if connection.scalar(select(alembic_version.c.version_num)) is None:
            connection.execute(insert(alembic_version).values(version_num=f"{found:04d}"))
        upgrade(connection)
        # A server of an earlier version reads this number, and so refuses what it cannot read.
        version = update(meta).where(meta.c.key == "schema_version")
        connection.execute(version.values(value=str(SCHEMA_VERSION)))
    return False


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migration scripts up to ``revision``, in the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
