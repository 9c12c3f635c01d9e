"""What Alembic runs: the scripts, on the connection that opening the database hands over."""

from __future__ import annotations

from alembic import context

from rheostat_server.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
