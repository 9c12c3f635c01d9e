"""Param groups named in a text, ranges of them written out."""

from __future__ import annotations

from .nodes import Group, Seq

__all__ = ["LIMIT_RANGE", "find_group", "group_names", "groups_of"]

LIMIT_RANGE = 1000


def group_names(group: Group) -> list[str]:
    """Return the names a statement stands for: ``layer[0..2]`` for layer0, layer1 and layer2."""
    if group.range is None:
        return [group.name]
    first, last = group.range
    return [f"{group.name}{i}" for i in range(first, last + 1)]


def groups_of(program: Seq) -> tuple[str, ...]:
    """Return all names of a program, in order."""
    return tuple(name for part in program.parts if isinstance(part, Group) for name in group_names(part))


def find_group(program: Seq, name: str) -> tuple[Group, int | None] | None:
    """Return the statement that names a group, and the group's number in its range."""
    for part in program.parts:
        if isinstance(part, Group):
            if part.range is None and part.name == name:
                return part, None
            number = name.removeprefix(part.name)
            if part.range is not None and name.startswith(part.name) and _is_number(number):
                i = int(number)
                if part.range[0] <= i <= part.range[1]:
                    return part, i
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and text == str(int(text))
