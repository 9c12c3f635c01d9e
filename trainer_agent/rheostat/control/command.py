"""A command: one request to change the lr of a running job, whoever makes it."""

from __future__ import annotations

from typing import Literal

import msgspec


class Hold(msgspec.Struct, frozen=True, tag="hold", tag_field="kind", forbid_unknown_fields=True):
    """Keep the lr at ``value`` while the scheduler goes on underneath."""

    value: float


class Scale(msgspec.Struct, frozen=True, tag="scale", tag_field="kind", forbid_unknown_fields=True):
    """Multiply the plan by ``factor``."""

    factor: float


Shape = Literal["linear", "log"]


class Ramp(
    msgspec.Struct,
    frozen=True,
    tag="ramp",
    tag_field="kind",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Go from ``start`` (the present effective lr if None) to ``value`` in ``over`` steps, then hold it.

    ``shape`` linear: by equal differences a step; log: by equal ratios, where no end is 0.
    """

    value: float
    over: int
    start: float | None = None
    shape: Shape = "linear"


class Release(msgspec.Struct, frozen=True, tag="release", tag_field="kind", forbid_unknown_fields=True):
    """Drop every override of the named groups: back to the plan, blended over ``over`` steps if above 0."""

    over: int = 0


class Swap(msgspec.Struct, frozen=True, tag="swap", tag_field="kind", forbid_unknown_fields=True):
    """Follow another schedule text; the old plan still advances underneath, and a release returns to it.

    The text is read at the job's own steps, or ``from_here`` on as if this step were its first. If
    ``continuous``, each group's new lr is scaled so that it begins at the present effective one.
    """

    schedule: str
    continuous: bool = False
    from_here: bool = False


class Freeze(msgspec.Struct, frozen=True, tag="freeze", tag_field="kind", forbid_unknown_fields=True):
    """Keep the lr at 0: no parameter moves, but moments and step counters go on."""


class Pause(msgspec.Struct, frozen=True, tag="pause", tag_field="kind", forbid_unknown_fields=True):
    """Stand still after the step, on all ranks, until a resume or 30 minutes have passed."""


class Resume(msgspec.Struct, frozen=True, tag="resume", tag_field="kind", forbid_unknown_fields=True):
    """Go on after a pause."""


class Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint", tag_field="kind", forbid_unknown_fields=True):
    """Call what the job gave as ``on_checkpoint``, before the step, on all ranks."""


class Stop(msgspec.Struct, frozen=True, tag="stop", tag_field="kind", forbid_unknown_fields=True):
    """Ask the job to end: ``agent.should_stop`` is true after the step, on all ranks."""


Action = Hold | Scale | Ramp | Release | Swap | Freeze | Pause | Resume | Checkpoint | Stop
Kind = Literal["hold", "scale", "ramp", "release", "swap", "freeze", "pause", "resume", "checkpoint", "stop"]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action with its envelope: who asks, for which groups, from when, for how long, and why.

    ``groups`` names param groups; None means all. A value in lr (hold, ramp) is meant for the first of
    them; the others keep their ratio to it, as planned at the first overridden step, unless
    ``keep_ratio`` is off. ``at_step`` is the first step it acts on (the next one if None); at most one of
    ``for_steps`` (a count) and ``until_step`` (the first step it no longer acts on) may be given; neither
    means until released. ``issued_at`` is Unix seconds by the clock of whoever issued it; a command older
    than ``ttl_s`` when the agent receives it is not applied (None: never expires).
    """

    id: str
    action: Action
    groups: tuple[str, ...] | None = None
    keep_ratio: bool = True
    at_step: int | None = None
    for_steps: int | None = None
    until_step: int | None = None
    base_revision: int | None = None
    issued_by: str = ""
    issued_at: float = 0.0
    ttl_s: float | None = 60.0
    reason: str = ""
    confirmed: bool = False


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The guard rails of one job. The agent enforces them: a stolen token cannot exceed them.

    A violation is refused with its reason, never clamped. ``max_lr`` is an absolute ceiling for every
    group (None: ``max_ratio`` times the highest planned lr known); ``max_ratio`` bounds effective / plan;
    ``max_change`` bounds one command's effective / present lr, both ways, unless it is ``confirmed``;
    ``min_interval_s`` is the least time between two commands.
    """

    kinds: tuple[Kind, ...] = ("hold", "scale", "ramp", "release")
    max_lr: float | None = None
    max_ratio: float = 10.0
    max_change: float = 3.0
    min_interval_s: float = 1.0
    max_active: int = 8


State = Literal[
    "requested", "accepted", "rejected", "scheduled", "applied", "ended", "expired", "superseded", "lost"
]


class CommandReport(msgspec.Struct, frozen=True, kw_only=True, tag="command_report"):
    """What the agent did with a command: one per change of state; the same id may report many times.

    ``planned`` and ``effective`` map group name to lr at ``step``; ``code`` and ``message`` say why for
    rejected, expired, superseded and ended. ``command`` is carried when the job itself issued it
    (``agent.scale(...)``), so that the server learns of it.
    """

    id: str
    state: State
    at: float
    step: int | None = None
    planned: dict[str, float] = {}
    effective: dict[str, float] = {}
    code: str = ""
    message: str = ""
    command: Command | None = None
