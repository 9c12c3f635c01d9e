"""Long columns of compacted chunks in blocks, from now on; a column says itself how it is packed."""

from __future__ import annotations

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """From version 24 to 25: nothing to do for what is there."""


def downgrade() -> None:
    """An earlier version could not read the blocks written since."""
    raise NotImplementedError("restore the copy made before the upgrade instead")
