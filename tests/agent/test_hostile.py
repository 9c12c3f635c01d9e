"""Ten thousand malformed and hostile messages of a server, taken in by a job that trains on."""

from __future__ import annotations

import math
import os
from random import Random
from typing import Any

import msgspec
import pytest
import torch

from rheostat.agent import Agent, attach
from rheostat.agent.session import Session
from rheostat.control.command import Action, Command, Hold, Ramp, Release, Scale, Swap
from rheostat.control.kinds import KINDS
from rheostat.wire import Ack, Deliver, Refused, Welcome, encode

MESSAGES = 10_000
WELCOME = encode(Welcome(epoch="e", acked=0, clock=1e9))
ODD = (1e9, math.nan, math.inf, -math.inf, -1e-3, -0.0, 5e-324, 1e308)


def frames(rng: Random) -> Any:
    """Endless messages: noise, halves, flipped bits, wrong types, rates that no one should use."""
    while True:
        number = rng.choice(ODD)
        actions: list[Action] = [
            Hold(number),
            Scale(number),
            Ramp(number, rng.choice((0, -5, 2**62)), number),
        ]
        actions += [Release(-1), Swap("cosine -> 1e9"), Swap("(" * 5000), Hold(0.05), Scale(0.9)]
        fields: dict[str, Any] = {"issued_at": rng.choice((0.0, 1e9, -1e18, math.nan)), "ttl_s": None}
        for name, values in (
            ("at_step", (None, -1, 2**62)),
            ("for_steps", (None, 0, -3, 2**62)),
            ("until_step", (None, -1, 5)),
            ("groups", (None, (), ("no",), ("0", "0"))),
        ):
            fields[name] = rng.choice(values)
        command = Command(id=f"c{rng.randrange(500)}", action=rng.choice(actions), **fields)
        whole = rng.choice(
            (
                encode(Deliver(command)),
                encode(Ack(rng.choice((-1, 0, 1, 2**62)), rng.choice((-1, 3, 2**62)))),
                encode(Welcome(epoch="e", acked=rng.choice((-1, 7, 2**62)), clock=number)),
                encode(Refused(code="x" * 1000, message="\0" * 1000, retry=rng.random() < 0.5)),
            )
        )
        yield whole
        yield rng.randbytes(rng.randrange(300))
        yield whole[: rng.randrange(len(whole))]
        bent = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
        yield bytes(bent)
        kind = rng.choice((*KINDS, "drop_tables", 7))
        wrong = {"kind": kind, "value": rng.choice(("much", None, [1], True)), "over": 1.5}
        yield msgspec.msgpack.encode({"type": "deliver", "command": {"id": "w", "action": wrong}})
        yield msgspec.msgpack.encode({"type": "ack", "seq": rng.choice(("1", None, 2.5, {}))})
        yield b"\x91" * rng.randrange(20_000)


def resident() -> int:
    """Bytes of memory this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def obey(agent: Agent, session: Session, frame: bytes) -> None:
    """What the transport does with a frame."""
    if session.fault or not session.welcomed:
        session.opened(agent.introduce(), 0.0)
        session.received(WELCOME, 0.0)
    command = session.received(frame, 0.0)
    if command is not None:
        agent.receive(command, now=1e9)
    agent.collect_reports()


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 5000)
    with attach(optimizer, scheduler, limits=None) as agent:
        yield optimizer, scheduler, agent


def test_no_message_of_a_server_hurts_the_job_or_its_plan(job: Any) -> None:
    optimizer, scheduler, agent = job
    untouched = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    alone = torch.optim.lr_scheduler.CosineAnnealingLR(untouched, 5000)
    session, endless = Session("w"), frames(Random(5))
    used: list[float] = []
    optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    before = 0
    for number in range(MESSAGES):
        if number == 2000:
            before = resident()
        obey(agent, session, next(endless))
        if number % 5 == 0:
            optimizer.step()
            scheduler.step()
            untouched.step()
            alone.step()
            assert optimizer.param_groups[0]["lr"] == untouched.param_groups[0]["lr"]
    assert scheduler.state_dict() == alone.state_dict()
    assert agent.errors == 0
    assert all(0.0 <= lr <= 1.0 for lr in used), "an override broke the ceiling of ten times the plan"
    assert resident() - before < 8 << 20


@pytest.mark.parametrize(
    "action",
    [
        Hold(1e9),
        Hold(math.nan),
        Hold(math.inf),
        Hold(-1e-3),
        Scale(1e12),
        Scale(math.nan),
        Scale(-1.0),
        Ramp(math.nan, 10),
        Ramp(0.01, -5),
        {"kind": "drop_tables", "value": 0.1},
        {"kind": "hold", "value": "much"},
    ],
    ids=str,
)
def test_what_no_operator_could_mean_is_refused(job: Any, action: Action | dict[str, Any]) -> None:
    """A server that lies: the plan is untouched, and what is refused is refused with a reason."""
    optimizer, scheduler, agent = job
    session = Session("w")
    if isinstance(action, dict):
        command = {"id": "lie", "action": action, "issued_at": 1e9, "confirmed": True}
        frame = msgspec.msgpack.encode({"type": "deliver", "command": command})
    else:
        frame = encode(Deliver(Command(id="lie", action=action, issued_at=1e9, confirmed=True)))
    used: list[float] = []
    optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    session.opened(agent.introduce(), 0.0)
    session.received(WELCOME, 0.0)
    command_heard = session.received(frame, 0.0)
    if command_heard is not None:
        agent.receive(command_heard, now=1e9)
    reports = [told.report for told in agent.collect_reports()]
    for _ in range(5):
        planned = optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
        assert used.pop() == planned
    if isinstance(action, dict):
        assert command_heard is None
        assert session.fault
    else:
        assert [report.state for report in reports] == ["rejected"]
        assert reports[0].code
        assert reports[0].message
