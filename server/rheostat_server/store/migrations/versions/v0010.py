"""What people write at steps of runs, and where runs are from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0003"


def upgrade() -> None:
    """From version 3 to 10."""
    op.create_table(
        "annotations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_by", sa.String, nullable=False),
        sa.Column("written_at", sa.Float, nullable=False),
        sa.Column("edited_by", sa.String),
        sa.Column("edited_at", sa.Float),
    )
    op.create_index("annotations_by_run", "annotations", ["run", "step"])
    op.add_column("runs", sa.Column("origin", sa.String, nullable=False, server_default="job"))


def downgrade() -> None:
    """Take away what was added, with what was written."""
    op.drop_column("runs", "origin")
    op.drop_table("annotations")
