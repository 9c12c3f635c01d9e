"""The contract of the bus, held by both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rheostat_server.bus import BusError, BusTimeoutError, NobodyThereError, subject
from rheostat_server.bus.nats import connect
from tests.server.bus.conftest import Ends
from tests.server.nats import Nats

LIVE = subject("live", "a project", "r.1 ü")


async def until(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not look():
            await asyncio.sleep(0.01)


async def test_subscribers_hear_everything_in_order(ends: Ends) -> None:
    heard: list[bytes] = []
    other: list[bytes] = []
    await ends.two.subscribe(LIVE, heard.append)
    await ends.one.subscribe(LIVE, other.append)
    await ends.two.subscribe(subject("live", "a project", "r2"), lambda data: heard.append(b"wrong"))
    sent = [str(number).encode() for number in range(200)]
    for data in sent:
        await ends.one.publish(LIVE, data)
    await until(lambda: len(heard) >= 200 and len(other) >= 200)
    assert heard == sent
    assert other == sent


async def test_nobody_need_listen_and_ending_ends(ends: Ends) -> None:
    heard: list[bytes] = []
    await ends.one.publish(subject("live", "nobody"), b"before")
    subscription = await ends.two.subscribe(LIVE, heard.append)
    await ends.one.publish(LIVE, b"during")
    await until(lambda: heard == [b"during"])
    await subscription.end()
    await subscription.end()
    marker: list[bytes] = []
    await ends.two.subscribe(LIVE, marker.append)
    await ends.one.publish(LIVE, b"after")
    await until(lambda: marker == [b"after"])
    assert heard == [b"during"]


async def test_a_listener_that_fails_disturbs_nobody(ends: Ends) -> None:
    def faulty(data: bytes) -> None:
        raise ValueError(data)

    heard: list[bytes] = []
    await ends.two.subscribe(LIVE, faulty)
    await ends.two.subscribe(LIVE, heard.append)
    for data in (b"1", b"2"):
        await ends.one.publish(LIVE, data)
    await until(lambda: heard == [b"1", b"2"])


async def test_requests_are_answered(ends: Ends) -> None:
    async def double(data: bytes) -> bytes:
        await asyncio.sleep(0)
        return data + data

    await ends.two.respond(subject("agent", "r1"), double)
    asked = [ends.one.request(subject("agent", "r1"), str(number).encode()) for number in range(20)]
    assert await asyncio.gather(*asked) == [str(number).encode() * 2 for number in range(20)]
    assert await ends.one.request(subject("agent", "r1"), b"") == b""


async def test_nobody_there_is_told_at_once(ends: Ends) -> None:
    async def answer(_: bytes) -> bytes:
        return b"here"

    with pytest.raises(NobodyThereError):
        await ends.one.request(subject("agent", "none"), b"hold", timeout_s=60)
    responding = await ends.two.respond(subject("agent", "r1"), answer)
    assert await ends.one.request(subject("agent", "r1"), b"?") == b"here"
    await responding.end()
    with pytest.raises(NobodyThereError):
        await ends.one.request(subject("agent", "r1"), b"?", timeout_s=60)


async def test_a_responder_that_ends_leaves_no_request_hanging(ends: Ends) -> None:
    async def answer(_: bytes) -> bytes:
        return b"here"

    # A request that meets the end half way is answered, or told that nobody is there; it never waits.
    for _ in range(100):
        responding = await ends.two.respond(subject("agent", "r1"), answer)
        early = [asyncio.create_task(ends.one.request(subject("agent", "r1"), b"?", 60)) for _ in range(3)]
        await asyncio.sleep(0)
        await responding.end()
        with pytest.raises(NobodyThereError):
            await asyncio.wait_for(ends.one.request(subject("agent", "r1"), b"?", 60), 10)
        for found in await asyncio.wait_for(asyncio.gather(*early, return_exceptions=True), 10):
            assert found == b"here" or isinstance(found, NobodyThereError)


async def test_no_answer_and_a_failing_one_are_told_apart(ends: Ends) -> None:
    async def never(_: bytes) -> bytes:
        await asyncio.sleep(60)
        return b""

    async def faulty(_: bytes) -> bytes:
        raise ValueError("out of range")

    await ends.two.respond(subject("agent", "slow"), never)
    await ends.two.respond(subject("agent", "bad"), faulty)
    with pytest.raises(BusTimeoutError, match=r"within 0\.1 s"):
        await ends.one.request(subject("agent", "slow"), b"", timeout_s=0.1)
    with pytest.raises(BusError, match="out of range") as caught:
        await ends.one.request(subject("agent", "bad"), b"")
    assert type(caught.value) is BusError


@pytest.mark.parametrize("names", [("a.b",), ("*", ">"), ("",), ("with space", "ü\n")])
def test_subjects_take_any_name(names: tuple[str, ...]) -> None:
    made = subject("live", *names)
    assert made.count(".") == len(names)
    assert not set(" *>\n") & set(made)


async def test_after_nats_was_killed_the_bus_is_back(nats_server: Nats) -> None:
    async def answer(_: bytes) -> bytes:
        return b"here"

    one, two = await connect(nats_server.url), await connect(nats_server.url)
    heard: list[bytes] = []
    await two.subscribe(LIVE, heard.append)
    await two.respond(subject("agent", "r1"), answer)
    nats_server.kill()
    await until(lambda: not one.connected and not two.connected)
    await one.publish(LIVE, b"lost")
    with pytest.raises(BusError):
        await one.request(subject("agent", "r1"), b"?", timeout_s=0.2)
    nats_server.start()
    await until(lambda: one.connected and two.connected)
    async with asyncio.timeout(15):
        while b"again" not in heard:
            await one.publish(LIVE, b"again")
            await asyncio.sleep(0.05)
    assert b"lost" not in heard
    assert await one.request(subject("agent", "r1"), b"?") == b"here"
    await one.close()
    await two.close()


async def test_no_nats_is_an_error_in_words() -> None:
    with pytest.raises(BusError, match=r"cannot reach NATS at nats://127\.0\.0\.1:1"):
        await connect("nats://127.0.0.1:1")
