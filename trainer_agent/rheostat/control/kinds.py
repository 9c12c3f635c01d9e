"""The kinds of command: one table of them, read off the actions, for all who spell a command out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import msgspec

from rheostat.control.command import Action, Checkpoint, Kind, Pause, Resume, Stop

__all__ = ["KINDS", "ORDERS", "action_of", "fields_of", "kind_of", "needs", "takes"]

KINDS: dict[Kind, type[Action]] = {each.__struct_config__.tag: each for each in get_args(Action)}
"""The action of each kind. Its fields are what a command of that kind says beside its envelope."""

ORDERS: frozenset[Kind] = frozenset(
    kind for kind, action in KINDS.items() if issubclass(action, Pause | Resume | Checkpoint | Stop)
)
"""Kinds that the job itself carries out: for the whole of it, not for its lr."""


def takes(kind: Kind) -> tuple[str, ...]:
    """The fields that a command of this kind may have."""
    return KINDS[kind].__struct_fields__


def needs(kind: Kind) -> tuple[str, ...]:
    """The fields that a command of this kind must have."""
    return tuple(f.name for f in msgspec.structs.fields(KINDS[kind]) if f.required)


def action_of(kind: Kind, fields: Mapping[str, object]) -> Action:
    """The action of this kind with these fields; one that is None is left at its default.

    Raises:
        msgspec.ValidationError: a field is missing, foreign to the kind, or of another type.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    return msgspec.convert(given, KINDS[kind])


def kind_of(action: Action) -> Kind:
    """The kind of an action."""
    kind: Kind = action.__struct_config__.tag  # type: ignore[assignment]
    return kind


def fields_of(action: Action) -> dict[str, object]:
    """The fields of an action that are not at their defaults."""
    fields = msgspec.structs.fields(type(action))
    values = {field.name: getattr(action, field.name) for field in fields}
    return {f.name: values[f.name] for f in fields if f.required or values[f.name] != f.default}
