"""Both databases for every test of the store: what holds for one holds for the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rheostat_server.store.database import open_engine
from tests.server.databases import Cluster

KINDS = ("sqlite", "postgresql")


def opened(kind: str, folder: Path, cluster: Cluster) -> Iterator[Engine]:
    engine = open_engine(folder / "store.sqlite3" if kind == "sqlite" else cluster.new())
    yield engine
    engine.dispose()


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
