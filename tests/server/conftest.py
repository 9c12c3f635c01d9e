"""A live server for every test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rheostat_server.store.database import open_engine
from tests.server.databases import Cluster, cluster
from tests.server.nats import Nats
from tests.server.running import Server

KINDS = ("sqlite", "postgresql")
"""Both databases for every test of the store: what holds for one holds for the other."""


def opened(kind: str, folder: Path, cluster: Cluster) -> Iterator[Engine]:
    engine = open_engine(folder / "store.sqlite3" if kind == "sqlite" else cluster.new())
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A real PostgreSQL, started when the first test asks for it."""
    yield from cluster(in_memory=True)


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path, postgresql: Cluster) -> Iterator[Engine]:
    """An empty store."""
    yield from opened(request.param, tmp_path, postgresql)


@pytest.fixture(scope="module", params=KINDS)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: Cluster
) -> Iterator[Engine]:
    """A store that the examples of a property share."""
    yield from opened(request.param, tmp_path_factory.mktemp("kept"), postgresql)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on a data folder of its own."""
    with Server(tmp_path / "store") as running:
        yield running


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path)
    yield server
    server.kill()
