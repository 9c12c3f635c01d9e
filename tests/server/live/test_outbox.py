"""The queue of one viewer: bounded, the latest wins, no gap between store and live."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.live.outbox import Outbox


def test_rows_and_commands_are_replaced_by_later_ones() -> None:
    box = Outbox()
    box.run("a", b"1")
    box.run("b", b"2")
    box.run("a", b"3")
    box.command("a", "c", b"4")
    box.command("a", "c", b"5")
    assert box.take() == [b"5", b"3", b"2"]
    assert box.empty


def test_a_record_from_the_store_never_replaces_a_live_one() -> None:
    box = Outbox()
    box.watch("a")
    box.command("a", "c", b"live")
    box.command_if_new("a", "c", b"stored")
    box.command_if_new("a", "d", b"stored too")
    assert box.take() == [b"live", b"stored too"]


def test_points_wait_until_the_viewer_is_caught_up() -> None:
    box = Outbox()
    box.watch("a")
    box.points("a", 4, b"p4")
    box.points("a", 5, b"p5")
    assert box.take() == []
    box.caught_up("a", 4, b"store to 4")
    box.points("a", 6, b"p6")
    assert box.take() == [b"store to 4", b"p5", b"p6"]
    assert box.size == 0


def test_what_is_not_watched_is_not_sent() -> None:
    box = Outbox()
    box.points("a", 1, b"p")
    box.caught_up("a", 1, b"late")
    box.reset("a")
    assert box.empty


def test_over_the_limit_the_viewer_is_told_to_fetch_anew() -> None:
    box = Outbox(limit=10)
    box.watch("a")
    box.watch("b")
    box.caught_up("a", 0, None)
    box.caught_up("b", 0, b"bbbb")
    box.points("a", 1, b"xxxxx")
    box.points("a", 2, b"xxxxx")
    assert not box.watches("a")
    assert box.watches("b")
    first, second = box.take()
    assert json.loads(first) == {"type": "reset", "run": "a"}
    assert second == b"bbbb"
    box.points("a", 3, b"x")
    assert box.empty


def test_watching_again_after_a_reset() -> None:
    box = Outbox()
    box.watch("a")
    box.reset("a")
    box.watch("a")
    box.caught_up("a", 7, None)
    box.points("a", 8, b"p8")
    assert box.take() == [b"p8"]


def test_messages_for_this_viewer_go_first() -> None:
    box = Outbox()
    box.run("a", b"row")
    box.say(b"hello")
    assert box.take() == [b"hello", b"row"]


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["watch", "unwatch", "take", "publish", "commit"]), st.integers(0, 9)),
        st.tuples(st.just("caught_up"), st.just(0)),
    ),
    max_size=80,
)


@given(ACTIONS)
def test_a_viewer_sees_every_chunk_once_or_a_reset(actions: list[tuple[str, int]]) -> None:
    """Chunks are committed, then published; the viewer's cursor finds neither gap nor overlap."""
    box = Outbox(limit=60)
    committed = published = 0
    seen: int | None = None
    catching_up_from: int | None = None
    for kind, number in actions:
        if kind == "commit":
            committed += 1
        elif kind == "publish" and published < committed:
            published += 1
            box.points("r", published, json.dumps([published - 1, published]).encode() + b" " * number)
        elif kind == "watch":
            box.take()
            box.watch("r")
            seen = catching_up_from = published
        elif kind == "unwatch":
            box.unwatch("r")
            seen = catching_up_from = None
        elif kind == "caught_up" and catching_up_from is not None:
            data = (
                json.dumps([catching_up_from, committed]).encode() if committed > catching_up_from else None
            )
            box.caught_up("r", committed, data)
            catching_up_from = None
        elif kind == "take":
            for data in box.take():
                message = json.loads(data)
                if isinstance(message, dict):
                    seen = catching_up_from = None
                    continue
                assert seen is not None
                assert message[0] == seen
                seen = message[1]
    assert box.size >= 0
