"""Several servers on one database: who holds a run, under which fence, what changed when, and uploads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From version 2 to 3."""
    op.create_table(
        "replicas",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    op.create_table(
        "uploads",
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("piece", sa.Integer, primary_key=True),
        sa.Column("pieces", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("heard_at", sa.Float, nullable=False),
    )
    op.add_column("runs", sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("holder", sa.String))
    op.add_column("runs", sa.Column("noted", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("changed_at", sa.Float, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("beat_at", sa.Float, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("beat_step", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """An earlier version would write runs without their fence, so there is no way back."""
    raise NotImplementedError("restore the copy made before the upgrade instead")
