"""Attach: check the arguments, find everything, and put an agent onto a job's optimizers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Literal

from rheostat.agent.accelerated import faster, steps_per_update, unwrap_scheduler
from rheostat.agent.agent import Agent
from rheostat.agent.compatibility import commands_here, refusal_of, report_on, suited, summary
from rheostat.agent.discover import DiscoveryError, find, is_loopback_url, websocket_url
from rheostat.agent.driver import Driver, base_lrs, bind_groups, highest_lr, highest_planned, note_plan
from rheostat.agent.groups import engine_steps, layers, shared_lrs, unwrap
from rheostat.agent.hooks import Hooks
from rheostat.agent.identity import Identity, Place, describe_config, environment, host, identify
from rheostat.agent.lifecycle import earlier, is_reimport, register
from rheostat.agent.member import Member
from rheostat.agent.parts import StepOf
from rheostat.agent.ranks import Ranks
from rheostat.agent.rendezvous import Broadcast, Gather, Meeting, meet, stand
from rheostat.agent.transport import Transport
from rheostat.control.command import Limits
from rheostat.control.effects import Ground
from rheostat.control.limits import Refusal
from rheostat.control.rules import Rules
from rheostat.control.states import Control
from rheostat.wire import PROTOCOL, Hello
from rheostat.wire import Plan as PlanNote

if TYPE_CHECKING:
    from rheostat.schedule import Schedule

__all__ = ["AttachError", "attach"]


class AttachError(ValueError):
    """An argument of `attach` that cannot be used; the message says what was expected."""


def attach(
    optimizer: object,
    scheduler: object | None = None,
    *,
    run: str | None = None,
    project: str = "default",
    plan: str | Schedule | None = None,
    total: int | None = None,
    server: str | Literal[False] | None = None,
    token: str | None = None,
    group_names: Sequence[str] | None = None,
    control: bool = True,
    limits: Limits | None = None,
    config: Mapping[str, object] | None = None,
    on_checkpoint: Callable[[int], object] | None = None,
    rules: Rules | None = None,
    broadcast: Broadcast | None = None,
    gather: Gather | None = None,
    step_of: StepOf | None = None,
) -> Agent:
    """Watch and steer the lr of ``optimizer`` (or of several, by name; the first counts the steps).

    ``scheduler`` goes on driving; it is read to show the future. ``plan`` is a schedule text: without a
    scheduler the agent follows it, beside one it is for the eye. ``total`` is the length of the run in
    steps. ``server`` is an address, None to find the local one, or False for no network. With ``control``
    off the agent only watches. ``config`` is shown with the run, secrets left out. ``on_checkpoint`` is
    called, with the number of steps taken, when someone asks for a checkpoint. ``rules`` have overrides taken
    back when a metric goes wrong; none by default. ``broadcast`` is for jobs of many ranks without
    torch.distributed: every rank calls it at the same steps, and it returns what rank 0 called it with;
    ``gather`` gives rank 0 the list of what each rank called it with, so that it hears of one that differs.
    ``step_of`` is for an engine that steps the optimizer several times an update: it returns the number of
    the update being made, as ``lambda: engine.global_steps``.

    Raises:
        AttachError: an argument cannot be used. Later the agent never raises.
        ScheduleError, BindError: ``plan`` does not parse, or lacks what it needs.
    """
    members = _members(optimizer, group_names)
    _check(run=run, project=project, total=total, server=server, token=token, limits=limits, config=config)
    if not isinstance(rules, Rules | None):
        raise AttachError(f"attach: rules is a {type(rules).__name__}; expected Rules or None")
    if not (step_of is None or callable(step_of)):
        raise AttachError(f"attach: step_of is a {type(step_of).__name__}; expected a function or None")
    schedule = _schedule(plan)
    pace, scheduler = steps_per_update(scheduler), unwrap_scheduler(scheduler)
    primary = members[0]
    driver = None
    if schedule is not None and scheduler is None:
        driver = Driver(bind_groups(schedule, primary.groups, primary.names, total))
    note = note_plan(schedule, scheduler, primary.groups, primary.names, total, pace=pace)
    place = stand()
    meeting = meet(place, broadcast, gather) if place.world > 1 else None
    for old in earlier([m.optimizer for m in members], run):
        old.end("stopped", "attached anew")
    limits = suited(limits, [m.optimizer for m in members])
    step_of = step_of or engine_steps(optimizer)
    steering = _control(members, limits, control, meeting)
    steering.know_lr(highest_planned(note, primary.groups, primary.names))
    steering.ground = _ground(members, note, total)
    sends = server is not False and place.rank == 0 and not is_reimport()
    agent = Agent(members, steering, driver=driver, records=sends)
    agent.plan = note
    agent.on_checkpoint = on_checkpoint
    if rules is not None:
        agent.guard(rules)
    agent.report = _report(
        members, note, place, steering.refusal, numbered=step_of is not None, scheduler=scheduler
    )
    if steering.refusal is None:
        agent.report += (commands_here(limits, checkpoints=on_checkpoint is not None),)
    agent.inform(summary([m.optimizer for m in members], scheduler, steering.refusal))
    if pace > 1 and hasattr(scheduler, "rheostat_plan") and place.rank == 0:
        agent.warn("pace", f"rheostat: {faster(pace)}")
    for index, member in enumerate(members):
        member.hooks = Hooks(member.optimizer, index, agent, step_of=step_of)
        member.hooks.install()
    if driver is not None:
        driver.write(primary.groups, 0)
        primary.rename()
    register(agent)
    if isinstance(meeting, Meeting):
        agent.join(Ranks(meeting, place, agent))
    if sends:
        identity = identify(run, project)
        transport = Transport(agent, identity.attempt, partial(find, server or None, token))
        agent.connect(
            transport,
            _hello(identity, agent, scheduler=scheduler, limits=limits, control=control, config=config),
        )
        transport.start()
    return agent


def _ground(members: Sequence[Member], note: PlanNote, total: int | None) -> Ground:
    """What the schedules of swaps are bound to."""
    known = [(n, lr) for m in members for n, lr in zip(m.names, base_lrs(m.groups), strict=True)]
    bases = {name: lr for name, lr in known if lr is not None and isfinite(lr)}
    return Ground(bases | note.base, total or note.total, note.epoch)


def _report(
    members: Sequence[Member],
    note: PlanNote,
    place: Place,
    refusal: Refusal | None,
    *,
    numbered: bool,
    scheduler: object | None,
) -> tuple[str, ...]:
    """The compatibility report, a sentence an item."""
    sentences = [
        sentence
        for m in members
        for sentence in report_on(m.name, m.optimizer, m.groups, m.wrappers, numbered=numbered)
    ]
    if scheduler is not None:
        sentences.append(f"{type(scheduler).__name__} goes on beneath an override and sees the plan only.")
    if note.origin == "none":
        sentences.append(f"The future of the lr is not known: {note.why}.")
    if place.world > 1:
        sentences.append(f"One of {place.world} ranks: watched from rank 0, commands act on all at one step.")
    if refusal is not None and refusal.code in {"many_ranks", "monitor_only"}:
        sentences.append(f"Commands are refused: {refusal.message}.")
    return tuple(sentences)


def _hello(
    identity: Identity,
    agent: Agent,
    *,
    scheduler: object | None,
    limits: Limits,
    control: bool,
    config: Mapping[str, object] | None,
) -> Hello:
    now = time.time()
    return Hello(
        protocol=PROTOCOL,
        run=identity.id,
        project=identity.project,
        name=identity.name,
        writer=identity.attempt,
        attempt=identity.attempt,
        restart=identity.restart,
        clock=now,
        started_at=now,
        step=agent.step,
        groups=(),
        optimizer="",
        scheduler=None if scheduler is None else type(scheduler).__name__,
        plan=agent.plan,
        control=control,
        limits=limits,
        host=host(),
        pid=os.getpid(),
        report=agent.report,
        config=describe_config(config or {}),
        environment=environment(),
    )


def _members(optimizer: object, group_names: Sequence[str] | None) -> tuple[Member, ...]:
    named = optimizer if isinstance(optimizer, Mapping) else {"": optimizer}
    if not named:
        raise AttachError("attach: no optimizer given; expected one, or a dict of name to optimizer")
    if group_names is not None and len(named) > 1:
        raise AttachError("attach: group_names is for one optimizer; name the groups by their 'name' key")
    members: list[Member] = []
    for name, each in named.items():
        if not isinstance(name, str) or not name.isprintable():
            raise AttachError(f"attach: optimizer name {name!r}; expected printable text")
        inner = unwrap(each)
        if inner is None or not isinstance(getattr(inner, "param_groups", None), list):
            hint = "; pass its .optimizer" if hasattr(each, "step") else ""
            raise AttachError(
                f"attach: {type(each).__name__} is no torch optimizer with step hooks; "
                f"expected an optimizer, or a dict of name to optimizer{hint}"
            )
        members.append(Member(name, inner, group_names, layers(each)[:-1]))
    if group_names is not None:
        _check_names(group_names, len(members[0].groups))
    return tuple(members)


def _check_names(names: Sequence[str], count: int) -> None:
    if isinstance(names, str) or not all(isinstance(n, str) and n and n.isprintable() for n in names):
        raise AttachError(
            f"attach: group_names={names!r}; expected a list of names, one for each param group"
        )
    if len(names) != count or len(set(names)) != count:
        raise AttachError(
            f"attach: {len(names)} group_names ({len(set(names))} different) for {count} param groups"
        )


def _check(
    *,
    run: object,
    project: object,
    total: object,
    server: object,
    token: object,
    limits: object,
    config: object,
) -> None:
    for argument, value, allowed in (
        ("run", run, (str, type(None))),
        ("project", project, (str,)),
        ("token", token, (str, type(None))),
        ("limits", limits, (Limits, type(None))),
        ("config", config, (Mapping, type(None))),
    ):
        if not isinstance(value, allowed):
            expected = " or ".join("None" if t is type(None) else t.__name__ for t in allowed)
            raise AttachError(f"attach: {argument} is a {type(value).__name__}; expected {expected}")
        if isinstance(value, str) and (not value or len(value) > 200 or not value.isprintable()):
            raise AttachError(f"attach: {argument}={value[:40]!r}; expected 1 to 200 printable characters")
    if not (server is None or server is False or isinstance(server, str)):
        raise AttachError(f"attach: server={server!r}; expected an address, None to find one, or False")
    if isinstance(server, str):
        _check_server(server, token if isinstance(token, str) else None)
    if total is not None and (isinstance(total, bool) or not isinstance(total, int) or total < 1):
        raise AttachError(f"attach: total={total!r}; expected the length of the run in steps, 1 or more")


def _check_server(server: str, token: str | None) -> None:
    """A local server may come later; for one elsewhere all must be said now."""
    try:
        websocket_url(server)
        if token is not None or not is_loopback_url(server):
            find(server, token)
    except DiscoveryError as error:
        raise AttachError(f"attach: {error}") from None


def _schedule(plan: str | Schedule | None) -> Schedule | None:
    if plan is None:
        return None
    from rheostat.schedule import Schedule, parse  # noqa: PLC0415

    if isinstance(plan, str):
        return parse(plan)
    if isinstance(plan, Schedule):
        return plan
    raise AttachError(f"attach: plan is a {type(plan).__name__}; expected a schedule text or a Schedule")


def _control(
    members: Sequence[Member], limits: Limits, allowed: bool, meeting: Meeting | Refusal | None
) -> Control:
    refusal = next((r for r in (refusal_of(m.optimizer) for m in members) if r is not None), None)
    if isinstance(meeting, Refusal):
        refusal = meeting
    if not allowed:
        refusal = Refusal("monitor_only", "this job was attached with control=False; it is only watched")
    control = Control(limits, refusal=refusal)
    control.joined = tuple(j for m in members for j in shared_lrs(m.groups, m.names))
    for member in members:
        control.know_lr(highest_lr(member.groups))
    return control
