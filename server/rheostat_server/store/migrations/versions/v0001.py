"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From nothing to version 1."""
    op.create_table("meta", sa.Column("key", sa.String, primary_key=True), _text("value"))
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        _float("created_at"),
        _blob("hello"),
        _blob("progress"),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("ordinal", _KEY, primary_key=True),
        _string("run"),
        _string("id"),
        sa.Column("restart", sa.Integer, nullable=False),
        _string("host"),
        _big("pid"),
        _float("started_at"),
        sa.Column("ended_at", sa.Float),
        sa.Column("state", sa.String),
        _text("message"),
        sa.UniqueConstraint("run", "id"),
    )
    _chunks()
    _commands()
    op.create_table(
        "tokens",
        sa.Column("digest", sa.String, primary_key=True),
        *(_string(name) for name in ("kind", "role", "name")),
        _float("created_at"),
        sa.Column("expires_at", sa.Float),
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        _text("text"),
        _float("saved_at"),
        _string("saved_by"),
    )


def downgrade() -> None:
    """There is nothing before the first tables."""
    raise NotImplementedError("delete the database instead")


def _chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("id", _KEY, primary_key=True),
        _string("run"),
        _big("attempt"),
        _string("writer"),
        *(_big(name) for name in ("seq", "first_step", "last_step")),
        sa.Column("count", sa.Integer, nullable=False),
        _float("first_time"),
        _float("last_time"),
        _blob("header"),
        _blob("columns"),
        sa.UniqueConstraint("run", "writer", "seq"),
    )
    op.create_index("chunks_by_order", "chunks", ["run", "attempt", "seq", "first_step", "last_step"])
    op.create_index("chunks_by_cursor", "chunks", ["run", "id"])


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("ordinal", _KEY, primary_key=True),
        *(_string(name) for name in ("run", "id", "kind")),
        _text("text"),
        _text("request"),
        _string("issued_by"),
        _float("issued_at"),
        _string("attempt"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.UniqueConstraint("run", "id"),
    )
    op.create_table(
        "command_events",
        sa.Column("id", _KEY, primary_key=True),
        _string("run"),
        _string("command"),
        _text("event"),
    )
    op.create_index("events_by_command", "command_events", ["run", "command"])


def _string(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _float(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float, nullable=False)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)
