"""Two servers on one PostgreSQL and one NATS, all of them real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.databases import Cluster
from tests.server.nats import Nats
from tests.server.running import Server, wait_for


@dataclass
class Pair:
    """Servers ``a`` and ``b``, and what they share."""

    a: Server
    b: Server
    nats: Nats


@pytest.fixture
def pair(tmp_path: Path, postgresql: Cluster, nats_server: Nats) -> Iterator[Pair]:
    url = postgresql.new()
    shared = {"database_url": url, "bus_url": nats_server.url}
    with Server(tmp_path / "a", **shared) as a, Server(tmp_path / "b", **shared) as b:
        wait_for(lambda: a.dashboard.others.bus and b.dashboard.others.bus)
        yield Pair(a, b, nats_server)
