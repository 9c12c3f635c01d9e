from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.control.command import Action, Command, CommandReport, Hold, Limits, Ramp, Release, Scale
from rheostat.control.limits import Refusal
from rheostat.control.reports import KNOWN_IDS
from rheostat.control.states import Control, Saved

PLANNED = {"body": 0.1, "head": 0.4}


def fresh(limits: Limits | None = None, refusal: Refusal | None = None) -> Control:
    control = Control(limits or Limits(min_interval_s=0.0), refusal=refusal)
    control.know_lr(0.4)
    return control


def send(
    control: Control,
    action: Action,
    id: str = "c",
    *,
    now: float = 1000.0,
    step: int = 10,
    offset: float = 0.0,
    local: bool = False,
    **envelope: object,
) -> CommandReport:
    envelope.setdefault("issued_at", now)
    command = Command(id=id, action=action, **envelope)  # type: ignore[arg-type]
    return control.receive(command, now=now, step=step, planned=PLANNED, offset=offset, local=local)


def told(control: Control) -> list[tuple[str, str]]:
    return [(r.id, r.state) for r in control.reports.drain()]


def test_a_command_lives_from_accepted_to_ended() -> None:
    control = fresh()
    assert send(control, Scale(0.5), for_steps=3).state == "accepted"
    assert control.busy
    walk = [control.advance(s, PLANNED, 1001.0)["body"] for s in range(10, 15)]
    assert walk == [0.05, 0.05, 0.05, 0.1, 0.1]
    accepted, applied, ended = control.reports.drain()
    assert (applied.state, applied.step, applied.planned) == ("applied", 10, PLANNED)
    assert applied.effective == {"body": 0.05, "head": 0.2}
    assert (ended.state, ended.step, ended.code) == ("ended", 13, "done")
    assert accepted.state == "accepted"
    assert not control.busy


def test_a_command_for_later_is_scheduled_and_begins_at_its_step() -> None:
    control = fresh()
    assert send(control, Hold(0.2), at_step=12, keep_ratio=False).state == "scheduled"
    walk = [control.advance(s, PLANNED, 1001.0)["body"] for s in range(10, 14)]
    assert walk == [0.1, 0.1, 0.2, 0.2]
    assert told(control) == [("c", "accepted"), ("c", "scheduled"), ("c", "applied")]


def test_a_known_id_is_answered_again_and_applied_once() -> None:
    control = fresh()
    for _ in range(3):
        send(control, Scale(0.5))
    control.advance(10, PLANNED, 1001.0)
    assert send(control, Scale(0.5)).state == "applied"
    assert control.advance(11, PLANNED, 1001.0)["body"] == 0.05


def test_only_so_many_ids_are_remembered() -> None:
    control = fresh()
    for index in range(KNOWN_IDS + 5):
        send(control, Hold(-1.0), str(index))
    assert len(control.save().known) == KNOWN_IDS


@pytest.mark.parametrize(("offset", "state"), [(0.0, "expired"), (-30.0, "accepted"), (30.0, "expired")])
def test_age_is_judged_by_the_clock_of_whoever_issued_it(offset: float, state: str) -> None:
    control = fresh()
    assert send(control, Scale(0.5), issued_at=920.0, ttl_s=60.0, offset=offset).state == state


def test_without_a_ttl_a_command_never_expires_and_a_local_one_neither() -> None:
    assert send(fresh(), Scale(0.5), issued_at=0.0, ttl_s=None).state == "accepted"
    assert send(fresh(), Scale(0.5), issued_at=0.0, local=True).state == "accepted"


def test_two_commands_in_a_moment_are_one_too_many() -> None:
    control = fresh(Limits())
    assert send(control, Scale(0.5), "a").state == "accepted"
    assert send(control, Scale(0.5), "b", now=1000.5).code == "too_soon"
    assert send(control, Release(), "r", now=1000.5).state == "accepted"
    assert send(control, Scale(0.5), "local", now=1000.6, local=True).state == "accepted"
    assert send(control, Scale(0.9), "d", now=1001.1).state == "accepted"


def test_release_ends_what_is_in_force_and_cancels_what_waits() -> None:
    control = fresh()
    send(control, Scale(0.5), "now")
    send(control, Scale(0.5), "later", at_step=50, groups=("head",))
    control.advance(10, PLANNED, 1001.0)
    control.reports.drain()
    send(control, Release(), "r")
    assert control.advance(11, PLANNED, 1002.0) == PLANNED
    assert told(control) == [
        ("r", "accepted"),
        ("now", "ended"),
        ("r", "applied"),
        ("later", "superseded"),
        ("r", "ended"),
    ]
    assert not control.busy


def test_a_blended_release_is_active_until_it_lands() -> None:
    control = fresh()
    send(control, Scale(0.5), "a")
    control.advance(10, PLANNED, 1001.0)
    send(control, Release(4), "r", step=11)
    walk = [control.advance(s, PLANNED, 1002.0)["body"] for s in range(11, 17)]
    assert walk[0] == 0.05
    assert walk[4:] == [0.1, 0.1]
    assert walk == sorted(walk)
    assert told(control)[-1] == ("r", "ended")


def test_a_plan_that_carries_an_override_above_the_ceiling_ends_it() -> None:
    control = fresh(Limits(max_lr=0.5, min_interval_s=0.0))
    send(control, Scale(1.2))
    assert control.advance(10, PLANNED, 1001.0)["head"] == 0.4 * 1.2
    risen = {"body": 0.2, "head": 0.45}
    assert control.advance(11, risen, 1001.0) == risen
    ended = control.reports.drain()[-1]
    assert (ended.state, ended.code) == ("ended", "above_ceiling")
    assert not control.busy


def test_limits_are_checked_again_when_a_command_begins() -> None:
    control = fresh()
    send(control, Hold(0.2), at_step=20, keep_ratio=False)
    tiny = {"body": 1e-4, "head": 1e-4}
    assert control.advance(20, tiny, 1001.0) == tiny
    assert control.reports.drain()[-1].state == "rejected"


def test_peek_foresees_advance_and_changes_nothing() -> None:
    control = fresh()
    send(control, Scale(0.5), for_steps=2)
    for step in (10, 11, 12):
        before = control.save()
        foreseen = control.peek(step, PLANNED)
        assert control.save() == before
        assert foreseen == control.advance(step, PLANNED, 1001.0)


def test_nothing_is_obeyed_where_commands_are_refused() -> None:
    control = fresh(refusal=Refusal("monitor_only", "only watched"))
    report = send(control, Release())
    assert (report.state, report.code) == ("rejected", "monitor_only")


def test_groups_sharing_one_lr_only_change_together() -> None:
    control = fresh()
    control.joined = (frozenset(PLANNED),)
    assert send(control, Scale(0.5), "a", groups=("head",)).code == "shared_lr"
    assert send(control, Scale(0.5), "b").state == "accepted"


def test_a_job_command_carries_itself_in_its_first_report() -> None:
    report = send(fresh(), Scale(0.5), local=True, reason="spike")
    assert report.command is not None
    assert report.command.reason == "spike"


def test_a_checkpoint_keeps_what_still_acts() -> None:
    control = fresh()
    send(control, Scale(0.5), "old", step=10)
    send(control, Scale(0.5), "short", for_steps=5)
    control.advance(10, PLANNED, 1001.0)
    send(control, Scale(0.9), "young", step=30, at_step=40)
    control.advance(40, PLANNED, 1001.0)
    saved = msgspec.json.decode(msgspec.json.encode(control.save()), type=Saved)
    again = fresh()
    again.restore(saved, 30, 2000.0)
    assert [c.id for c in again.active] == ["old"]
    assert told(again) == [("old", "applied"), ("young", "ended")]
    assert again.advance(30, PLANNED, 2001.0)["body"] == 0.05
    assert send(again, Scale(0.5), "old").state == "applied"


def test_going_back_drops_what_began_or_was_to_begin_on_the_branch_left() -> None:
    control = fresh()
    send(control, Scale(0.5), "old", step=10)
    control.advance(10, PLANNED, 1001.0)
    send(control, Scale(0.7), "waits", step=20, at_step=90)
    saved = control.save()
    send(control, Scale(0.9), "young", step=30)
    control.advance(30, PLANNED, 1001.0)
    send(control, Scale(0.9), "later", step=31, at_step=60)
    control.reports.drain()
    control.restore(saved, 20, 2000.0)
    said = {r.id: (r.state, r.code) for r in control.reports.drain()}
    assert said.pop("old") == ("applied", "resumed")
    assert said == dict.fromkeys(["waits", "young", "later"], ("ended", "not_resumed"))
    assert [c.id for c in control.active] == ["old"]
    walk = [control.advance(step, PLANNED, 2001.0)["body"] for step in range(20, 100)]
    assert walk == [0.05] * 80
    assert control.reports.drain() == []


def test_a_relayed_command_begins_where_the_ranks_agreed_and_by_the_ceiling_of_rank_0() -> None:
    ranks = [fresh(), fresh()]
    sent: list[tuple[Command, float]] = []
    ranks[0].agree(lambda command, ceiling: sent.append((command, ceiling)))
    ranks[1].agree(None)
    ranks[0].know_lr(9.0)
    assert send(ranks[0], Hold(20.0), groups=("head",), confirmed=True).code == "above_ratio"
    assert send(ranks[0], Scale(2.0), "a").state == "accepted"
    assert send(ranks[0], Scale(0.5), "b", at_step=12).state == "scheduled"
    for control in ranks:
        assert not control.busy
        for command, ceiling in sent:
            assert ceiling == 90.0
            control.take(command, ceiling, 16, 1001.0)
            control.take(command, ceiling, 16, 1001.0)
        assert [control.advance(step, PLANNED, 1001.0)["body"] for step in (16, 17)] == [0.2, 0.2]
    seen = [[(r.id, r.state, r.code) for r in control.reports.drain() if r.step == 16] for control in ranks]
    assert seen[0] == seen[1] == [("b", "rejected", "step_passed"), ("a", "applied", "")]


actions = st.one_of(
    st.builds(Hold, st.floats(0.01, 1.0)),
    st.builds(Scale, st.floats(0.1, 3.0)),
    st.builds(Ramp, st.floats(0.01, 1.0), st.integers(1, 5)),
    st.builds(Release, st.integers(0, 4)),
)
orders = st.tuples(st.integers(0, 30), actions, st.none() | st.integers(1, 9), st.booleans())


@settings(max_examples=60)
@given(st.lists(orders, max_size=12))
def test_every_command_is_applied_at_most_once_and_ends_at_most_once(
    plan: list[tuple[int, Action, int | None, bool]],
) -> None:
    control = fresh()
    for step in range(31):
        for number, (at, action, for_steps, twice) in enumerate(plan):
            if at == step:
                for _ in range(1 + twice):
                    send(control, action, f"c{number}", step=step, for_steps=for_steps, confirmed=True)
        effective = control.advance(step, PLANNED, 1000.0)
        assert all(0.0 <= v <= control.ceiling for v in effective.values())
        assert len(control.active) == len(control.stack)
    send(control, Release(), "last", step=31)
    assert control.advance(31, PLANNED, 1000.0) == PLANNED
    told_of = [(r.id, r.state, r.at) for r in control.reports.drain()]
    for number in range(len(plan)):
        states = {s for i, s, _ in told_of if i == f"c{number}"}
        assert ("applied" in states) <= ("ended" in states or "superseded" in states)
        assert not {"applied", "rejected"} <= states
