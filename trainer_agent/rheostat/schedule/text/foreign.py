"""What schedules of other libraries, and of everyday speech, are called here."""

from __future__ import annotations

import msgspec

from rheostat.schedule.diagnostics import Span

from .calls import call, fill, named
from .cursor import Cursor
from .tokens import Kind

__all__ = ["FOREIGN", "foreign"]


class Foreign(msgspec.Struct, frozen=True):
    """A schedule of another library: its parameters in order, their defaults, and the text it is here."""

    text: str
    params: tuple[str, ...] = ()
    defaults: dict[str, str] = {}


_WARMED = ("num_warmup_steps", "num_training_steps")
_HEAD = "[total <num_training_steps>; ]linear 0 -> 1x for <num_warmup_steps>"
_FIVE = {"num_warmup_steps": "5%"}

FOREIGN = {
    "steplr": Foreign(
        "drop <gamma>x every <step_size>", ("step_size", "gamma"), {"step_size": "30ep", "gamma": "0.1"}
    ),
    "multisteplr": Foreign(
        "drop <gamma>x at <milestones>", ("milestones", "gamma"), {"milestones": "30ep, 80ep", "gamma": "0.1"}
    ),
    "exponentiallr": Foreign("decay <gamma>x every 1", ("gamma",), {"gamma": "0.95"}),
    "constantlr": Foreign(
        "hold <factor>x for <total_iters>; hold 1x", ("factor", "total_iters"),
        {"factor": "0.3333333333333333", "total_iters": "5"},
    ),
    "linearlr": Foreign(
        "linear <start_factor>x -> <end_factor>x for <total_iters>",
        ("start_factor", "end_factor", "total_iters"),
        {"start_factor": "0.3333333333333333", "end_factor": "1", "total_iters": "5"},
    ),
    "polynomiallr": Foreign(
        "poly(<power>) -> 0 for <total_iters>", ("total_iters", "power"), {"total_iters": "5", "power": "1"}
    ),
    "cosineannealinglr": Foreign(
        "cosine -> <eta_min>[ for <T_max>]", ("T_max", "eta_min"), {"eta_min": "0"}
    ),
    "cosineannealingwarmrestarts": Foreign(
        "repeat forever[ stretch <T_mult>] { cosine 1x -> <eta_min> for <T_0> }",
        ("T_0", "T_mult", "eta_min"), {"T_0": "10ep", "eta_min": "0"},
    ),
    "cycliclr": Foreign(
        "repeat forever { linear <base_lr> -> <max_lr> for <step_size_up>;"
        " linear -> <base_lr> for <step_size_up> }",
        ("base_lr", "max_lr", "step_size_up"), {"base_lr": "0.1x", "max_lr": "1x", "step_size_up": "2000"},
    ),
    "onecyclelr": Foreign(
        "[base <max_lr>; ][total <total_steps>; ]cosine 0.04x -> 1x for <pct_start%>; cosine -> 4e-6x",
        ("max_lr", "total_steps"), {"pct_start": "0.3"},
    ),
    "reducelronplateau": Foreign(
        "plateau(<monitor>[, factor=<factor>x][, patience=<patience>][, mode=<mode>][, min=<min_lr>])",
        ("mode", "factor", "patience"), {"monitor": "val_loss"},
    ),
    "get_linear_schedule_with_warmup": Foreign(f"{_HEAD}; linear -> 0", _WARMED, _FIVE),
    "get_cosine_schedule_with_warmup": Foreign(f"{_HEAD}; cosine -> 0", _WARMED, _FIVE),
    "get_constant_schedule_with_warmup": Foreign(f"{_HEAD}; hold", _WARMED[:1], _FIVE),
    "linear_with_warmup": Foreign(f"{_HEAD}; linear -> 0", _WARMED, _FIVE),
    "cosine_with_warmup": Foreign(f"{_HEAD}; cosine -> 0", _WARMED, _FIVE),
    "constant_with_warmup": Foreign(f"{_HEAD}; hold", _WARMED, _FIVE),
    "noam": Foreign("curve(512^-0.5 * min((t + 1)^-0.5, (t + 1) * 4000^-1.5))"),
    "wsd": Foreign("linear 0 -> 1x for 5%; hold; sqrt -> 0 for 20%"),
}  # fmt: skip

# Words for a part with its purpose: what they say before the length.
_PURPOSES = {
    "warmup": "linear 0 -> 1x",
    "warm_up": "linear 0 -> 1x",
    "linear_warmup": "linear 0 -> 1x",
    "cooldown": "linear -> 0",
    "anneal": "cosine -> 0",
    "annealing": "cosine -> 0",
    "stable": "hold",
}
# An optimizer is no part of a schedule, and where a scheduler stands neither.
_APART = {"optimizer", "opt", "last_epoch", "verbose"}


def foreign(cursor: Cursor) -> tuple[Span, str] | None:
    """Look at the word here: return the stretch that has a name of elsewhere, and its text here."""
    word = cursor.here.text.rpartition(".")[2].lower()
    purpose = _PURPOSES.get(word)
    if purpose is not None:
        return _with_length(cursor, purpose)
    known = FOREIGN.get(word)
    if known is None:
        return None
    found = call(cursor, 1)
    given = {} if found is None else named(found, known.params)
    if found is not None and found.given and found.given[0].rpartition(".")[2] in _APART:
        given = named(found, ("optimizer", *known.params))
    if given is None:
        return None
    said = {name: value for name, value in given.items() if name not in _APART}
    text = fill(known.text, {**known.defaults, **said})
    span = cursor.here.span if found is None else cursor.here.span.to(found.span)
    return None if text is None else (span, text)


def _with_length(cursor: Cursor, purpose: str) -> tuple[Span, str] | None:
    """Say a purpose with the length behind it: ``warmup 500``, ``warmup(5%)``, ``warmup = 500``."""
    span, next_ = cursor.here.span, cursor.peek(1)
    found = call(cursor, 1)
    if found is not None:
        one = found.given[0] if len(found.given) == 1 and not found.named else None
        return None if one is None else (span.to(found.span), f"{purpose} for {one}")
    if next_.kind is Kind.EQUAL and cursor.peek(2).kind is Kind.NUMBER:
        return span.to(cursor.peek(2).span), f"{purpose} for {cursor.peek(2).text}"
    if next_.kind is Kind.NUMBER:
        from_value = cursor.peek(2).kind is Kind.ARROW or next_.unit == "x" or float(next_.digits) == 0
        return None if from_value else (span.to(next_.span), f"{purpose} for {next_.text}")
    if next_.kind is Kind.ARROW:
        return None
    return span, purpose
