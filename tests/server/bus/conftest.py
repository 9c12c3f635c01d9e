"""Both buses for every test, NATS as a real server; two ends that may be two processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from rheostat_server.bus import Bus, LocalBus
from rheostat_server.bus.nats import connect


@dataclass
class Ends:
    """Two ends of one bus."""

    one: Bus
    two: Bus


@pytest_asyncio.fixture(params=["local", "nats"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    if request.param == "local":
        bus = LocalBus()
        yield Ends(bus, bus)
        return
    url = request.getfixturevalue("nats_server").url
    one, two = await connect(url), await connect(url)
    yield Ends(one, two)
    await one.close()
    await two.close()
