"""The server's half of the agent protocol, without a socket."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.control.command import Command, CommandReport, Scale
from rheostat.wire import Ack, Beat, Bye, Deliver, Refused, Report, Welcome, decode_from_server, encode
from rheostat_server.live.session import Action, AgentSession, Close, Receive, Send, Start
from tests.server.running import flush, hello


def opened() -> AgentSession:
    session = AgentSession()
    assert session.receive(encode(hello())) == [Start(hello())]
    (send,) = session.welcome(epoch="e", acked=3, clock=1.0)
    assert isinstance(send, Send)
    assert decode_from_server(send.frame) == Welcome(epoch="e", acked=3, clock=1.0)
    return session


def refused(actions: list[Action]) -> tuple[str, int]:
    send, close = actions
    assert isinstance(send, Send)
    assert isinstance(close, Close)
    message = decode_from_server(send.frame)
    assert isinstance(message, Refused)
    assert len(close.reason.encode()) <= 120
    return message.code, close.code


def test_messages_of_an_open_session_are_handed_on() -> None:
    session = opened()
    message = flush(4, 0, 5, ["g"])
    assert session.receive(encode(message)) == [Receive(message)]
    (ack,) = session.stored(4)
    assert isinstance(ack, Send)
    assert decode_from_server(ack.frame) == Ack(4)


def sent(actions: list[Action]) -> object:
    (send,) = actions
    assert isinstance(send, Send)
    return decode_from_server(send.frame)


def report(seq: int) -> Report:
    return Report(seq, CommandReport(id="c", state="applied", at=1.0))


def test_each_number_is_handed_on_once_and_a_gap_ends_the_session() -> None:
    session = opened()
    for seq in (2, 3):
        assert sent(session.receive(encode(flush(seq, 0, 5, ["g"])))) == Ack(3)
    for message in (flush(4, 0, 5, ["g"]), report(1), report(2)):
        assert session.receive(encode(message)) == [Receive(message)]
    assert sent(session.receive(encode(report(1)))) == Ack(3)
    assert sent(session.stored(4, 2)) == Ack(4, 2)
    for late in (flush(6, 0, 5, ["g"]), report(2), Bye(state="finished", step=9, last_seq=4)):
        another = opened()
        assert refused(another.receive(encode(late))) == ("gap", 1013)


def test_what_an_agent_can_no_longer_send_counts_as_had() -> None:
    session = AgentSession()
    session.receive(encode(hello(oldest=8, oldest_report=3)))
    welcome = sent(session.welcome(epoch="e", acked=3, clock=1.0))
    assert welcome == Welcome(epoch="e", acked=7, clock=1.0, reported=2)
    message = flush(8, 0, 5, ["g"])
    assert session.receive(encode(message)) == [Receive(message)]


def test_an_ack_never_goes_back() -> None:
    session = opened()
    session.stored(9)
    (ack,) = session.stored(5)
    assert isinstance(ack, Send)
    assert decode_from_server(ack.frame) == Ack(9)


def test_commands_wait_for_an_open_session() -> None:
    command = Command(id="c", action=Scale(0.5))
    assert AgentSession().deliver(command) == []
    (send,) = opened().deliver(command)
    assert isinstance(send, Send)
    assert decode_from_server(send.frame) == Deliver(command)


def test_messages_before_the_welcome_are_refused() -> None:
    session = AgentSession()
    session.receive(encode(hello()))
    assert refused(session.receive(encode(Beat(step=1, clock=0.0)))) == ("hello_missing", 1008)
    assert refused(opened().receive(encode(hello()))) == ("hello_twice", 1008)


def test_after_a_bye_flushes_are_still_acknowledged_but_nothing_is_taken() -> None:
    session = opened()
    bye = Bye(state="finished", step=5, last_seq=3)
    assert session.receive(encode(bye)) == [Receive(bye)]
    assert session.receive(encode(Beat(step=6, clock=0.0))) == []
    assert len(session.stored(4)) == 1
    assert session.farewell() == [Close(1000, "bye")]
    assert session.stored(5) == []


def test_a_refused_session_is_over() -> None:
    session = AgentSession()
    assert refused(session.late()) == ("hello_late", 1008)
    assert session.receive(encode(hello())) == []
    assert session.refuse("again", "and again") == []
    assert opened().late() == []


def test_a_long_reason_is_cut_between_characters() -> None:
    _, close = AgentSession().refuse("code", "é" * 200)
    assert isinstance(close, Close)
    assert close.reason.startswith("code: éé")


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=50)), st.booleans())
def test_any_frame_gives_actions_and_no_exception(frame: bytes | str, begun: bool) -> None:
    session = opened() if begun else AgentSession()
    code, close = refused(session.receive(frame))
    assert code in ("text_frame", "not_a_message", "bad_message", "hello_missing")
    assert close in (1003, 1008)


@settings(max_examples=300)
@given(st.data())
def test_bent_frames_give_actions_and_no_exception(data: st.DataObject) -> None:
    frame = bytearray(encode(flush(1, 0, 5, ["g"])))
    for _ in range(data.draw(st.integers(1, 5))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    actions = opened().receive(bytes(frame[: data.draw(st.integers(0, len(frame)))]))
    assert all(isinstance(action, Receive | Send | Close) for action in actions)


def test_nested_frames_do_not_exhaust_the_stack() -> None:
    deep = msgspec.msgpack.encode({"type": "beat", "step": 1, "clock": 0.0})[:-9] + b"\x91" * 100_000
    assert refused(opened().receive(deep))[1] in (1003, 1008)
