"""How far a token reaches and what it came from; alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"


def upgrade() -> None:
    """From version 10 to 20."""
    op.add_column("tokens", sa.Column("id", sa.String, nullable=False, server_default=""))
    op.add_column("tokens", sa.Column("project", sa.String))
    op.add_column("tokens", sa.Column("run", sa.String))
    op.add_column("tokens", sa.Column("parent", sa.String, nullable=False, server_default=""))
    op.add_column("tokens", sa.Column("connections", sa.Integer))
    op.execute("UPDATE tokens SET id = role WHERE kind = 'file'")
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("step", sa.BigInteger),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("raised_at", sa.Float, nullable=False),
        sa.Column("acknowledged_at", sa.Float),
        sa.Column("acknowledged_by", sa.String),
        sa.Column("cleared_at", sa.Float),
        sa.Column("cleared_by", sa.String),
    )
    op.create_index("alerts_by_run", "alerts", ["run", "id"])


def downgrade() -> None:
    """A token limited to a project would reach everything in version 2, so there is no way back."""
    raise NotImplementedError("restore the copy made before the upgrade instead")
