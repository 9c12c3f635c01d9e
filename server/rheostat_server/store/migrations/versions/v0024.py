"""One index of chunks less: a run has few, and each flush wrote a page of it."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """From version 23 to 24."""
    op.drop_index("chunks_by_cursor", table_name="chunks")


def downgrade() -> None:
    """Make the index again."""
    op.create_index("chunks_by_cursor", "chunks", ["run", "id"])
