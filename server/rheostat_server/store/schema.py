"""The tables, in SQLAlchemy Core so that another database can stand in for SQLite."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

__all__ = [
    "SCHEMA_VERSION",
    "alembic_version",
    "alerts",
    "annotation_rows",
    "attempts",
    "audit_rows",
    "chunks",
    "command_events",
    "commands",
    "meta",
    "metadata",
    "pieces",
    "replicas",
    "runs",
    "schedules",
    "tokens",
    "uploads",
]

SCHEMA_VERSION = 25

metadata = MetaData()
# SQLite numbers rows by itself only for a column that is exactly INTEGER PRIMARY KEY.
Key = BigInteger().with_variant(Integer, "sqlite")

alembic_version = Table(
    "alembic_version", metadata, Column("version_num", String(32), primary_key=True, nullable=False)
)

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

runs = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_at", Float, nullable=False),
    Column("hello", LargeBinary, nullable=False),
    Column("progress", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False, default=0),
    # What people write about a run: the name in place of the job's, notes, tags as a JSON list.
    Column("title", String),
    Column("notes", Text, nullable=False, server_default=""),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("archived_at", Float),
    # "job", or "import" for a run that was read from a file.
    Column("origin", String, nullable=False, server_default="job"),
    # Of several servers: which holds the job's socket, and the number of the admission it goes by. `noted`
    # counts changes of commands and ends; `beat_*` is the job's last sign of life without a flush.
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("holder", String),
    Column("noted", BigInteger, nullable=False, server_default="0"),
    Column("changed_at", Float, nullable=False, server_default="0"),
    Column("beat_at", Float, nullable=False, server_default="0"),
    Column("beat_step", BigInteger, nullable=False, server_default="0"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("owner", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("pieces", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("heard_at", Float, nullable=False),
)

replicas = Table(
    "replicas",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("seen_at", Float, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("ordinal", Key, primary_key=True),
    Column("run", String, nullable=False),
    Column("id", String, nullable=False),
    Column("restart", Integer, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("state", String),
    Column("message", Text, nullable=False, default=""),
    UniqueConstraint("run", "id"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run", String, nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("writer", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("first_step", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_time", Float, nullable=False),
    Column("last_time", Float, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("columns", LargeBinary, nullable=False),
    Column("state", Integer, nullable=False, server_default="0"),
    UniqueConstraint("run", "writer", "seq"),
)
Index(
    "chunks_by_order", chunks.c.run, chunks.c.attempt, chunks.c.seq, chunks.c.first_step, chunks.c.last_step
)

# A compacted chunk keeps its columns here, each by itself: level 0 the values, 1 to 3 the digests,
# -1 the values that are not finite.
pieces = Table(
    "pieces",
    metadata,
    Column("chunk", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("blob", LargeBinary, nullable=False),
)

# What is packed already PostgreSQL need not try to pack again. Rows that fit into a page stay in it: so the
# room of long flushes, which go, is not mixed with that of merged chunks, which stay, and can go whole.
for _table, _alteration in (
    (chunks, "ALTER COLUMN columns SET STORAGE EXTERNAL"),
    (chunks, "SET (toast_tuple_target = 8160)"),
    (pieces, "ALTER COLUMN blob SET STORAGE EXTERNAL"),
):
    _order = DDL(  # type: ignore[no-untyped-call]
        f"ALTER TABLE {_table.name} {_alteration}"
    )
    event.listen(_table, "after_create", _order.execute_if(dialect="postgresql"))

commands = Table(
    "commands",
    metadata,
    Column("ordinal", Key, primary_key=True),
    Column("run", String, nullable=False),
    Column("id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("issued_by", String, nullable=False),
    Column("issued_at", Float, nullable=False),
    Column("attempt", String, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("run", "id"),
)

command_events = Table(
    "command_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run", String, nullable=False),
    Column("command", String, nullable=False),
    Column("event", Text, nullable=False),
)
Index("events_by_command", command_events.c.run, command_events.c.command)

annotation_rows = Table(
    "annotations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run", String, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_by", String, nullable=False),
    Column("written_at", Float, nullable=False),
    Column("edited_by", String),
    Column("edited_at", Float),
)
Index("annotations_by_run", annotation_rows.c.run, annotation_rows.c.step)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("role", String, nullable=False),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("id", String, nullable=False, server_default=""),
    Column("project", String),
    Column("run", String),
    Column("parent", String, nullable=False, server_default=""),
    Column("connections", Integer),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("step", BigInteger),
    Column("message", Text, nullable=False),
    Column("raised_at", Float, nullable=False),
    Column("acknowledged_at", Float),
    Column("acknowledged_by", String),
    Column("cleared_at", Float),
    Column("cleared_by", String),
)
Index("alerts_by_run", alerts.c.run, alerts.c.id)

audit_rows = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Float, nullable=False),
    Column("who", String, nullable=False),
    Column("role", String, nullable=False),
    Column("address", String, nullable=False),
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("run", String),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
)
Index("audit_by_run", audit_rows.c.run, audit_rows.c.id)

schedules = Table(
    "schedules",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("saved_at", Float, nullable=False),
    Column("saved_by", String, nullable=False),
)
