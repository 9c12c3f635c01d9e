"""Pieces of compacted chunks, and what people write about runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From version 1 to 2."""
    op.create_table(
        "pieces",
        sa.Column("chunk", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
    )
    op.add_column("chunks", sa.Column("state", sa.Integer, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("title", sa.String))
    op.add_column("runs", sa.Column("notes", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
    op.add_column("runs", sa.Column("archived_at", sa.Float))


def downgrade() -> None:
    """Compacted chunks cannot be read by version 1, so there is no way back."""
    raise NotImplementedError("restore the copy made before the upgrade instead")
