"""Sparklines as bytes, which are moved on without touching each number."""

from __future__ import annotations

import struct

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_RUNS = sa.table("runs", sa.column("id", sa.String), sa.column("progress", sa.LargeBinary))


def upgrade() -> None:
    """From version 21 to 22."""
    connection = op.get_bind()
    for run, blob in connection.execute(sa.select(_RUNS.c.id, _RUNS.c.progress)).all():
        progress = msgspec.msgpack.decode(blob) if blob else {}
        if "sparkline" not in progress:
            continue
        stretch, sums, counts = progress["sparkline"]
        packed = (struct.pack(f"<{len(sums)}d", *sums), struct.pack(f"<{len(counts)}q", *counts))
        progress["sparkline"] = (stretch, *packed)
        changed = sa.update(_RUNS).where(_RUNS.c.id == run)
        connection.execute(changed.values(progress=msgspec.msgpack.encode(progress)))


def downgrade() -> None:
    """A server of version 21 could not read what this one wrote since."""
    raise NotImplementedError("restore the copy made before the upgrade instead")
