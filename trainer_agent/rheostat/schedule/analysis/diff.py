"""What changed between two schedules: in words, part by part, and as curves."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec
import numpy as np

from rheostat.schedule.plan import Plan
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.text.format import write
from rheostat.schedule.tree.nodes import Base, Group, Seq, Setting, Statement

from .area import area

__all__ = ["Change", "Diff", "diff"]

_COLUMNS = 4000


class Change(msgspec.Struct, frozen=True):
    """One statement that differs, before and after; one of them is empty where it came or went."""

    kind: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"added {self.kind} '{self.after}'"
        if not self.after:
            return f"removed {self.kind} '{self.before}'"
        return f"changed {self.kind} '{self.before}' to '{self.after}'"


class Diff(msgspec.Struct, frozen=True):
    """The changes of the text, and how far the curves are apart over steps 0 to total - 1.

    ``largest`` is the largest difference (after - before, with its sign) among the steps compared, met first
    at ``step``, where the curves are ``before`` and ``after``. Areas are sums of the lr over all steps.
    """

    changes: tuple[Change, ...]
    total: int
    largest: float
    step: int
    before: float
    after: float
    area_before: float
    area_after: float

    @property
    def area_change(self) -> float:
        """The change of the area, as a share of the area before; infinite where that was 0."""
        if self.area_before == self.area_after:
            return 0.0
        return self.area_after / self.area_before - 1 if self.area_before else float("inf")

    def __str__(self) -> str:
        lines = [str(change) for change in self.changes] or ["the same statements"]
        if self.largest == 0:
            return "\n".join([*lines, f"the same curve over {self.total} steps"])
        apart = f"step {self.step}: lr {self.before:.4g} before, {self.after:.4g} after"
        lines.append(f"largest difference {self.largest:+.4g} at {apart}")
        change = f"{self.area_change:+.2%}"
        lines.append(f"area {self.area_before:.6g} -> {self.area_after:.6g} ({change})")
        return "\n".join(lines)


def diff(
    a: Schedule | str,
    b: Schedule | str,
    *,
    base: float | None = None,
    total: int | None = None,
    epoch: float | None = None,
    step_tokens: float | None = None,
    group: str | None = None,
) -> Diff:
    """Compare two schedules bound to the same run, for one param group.

    Statements are compared by meaning: spacing, comments and the spelling of numbers are no changes. The
    largest difference is looked for at every step of a run up to 4,000, else at some 16,000 steps, the
    breaks of both curves among them. Without a total the longer of both horizons is compared.

    Raises ScheduleError for a faulty text and BindError for what neither text nor run says.
    """
    before, after = (parse(one) if isinstance(one, str) else one for one in (a, b))
    plans = [one.bind(base, total, epoch, step_tokens, group) for one in (before, after)]
    horizon = max(plan.horizon for plan in plans)
    steps = _steps(plans, horizon)
    values = [plan(steps) for plan in plans]
    apart = values[1] - values[0]
    most = int(np.argmax(np.abs(apart)))
    areas = [_area(plan, horizon) for plan in plans]
    return Diff(
        changes=_changes(before.program, after.program),
        total=horizon,
        largest=float(apart[most]),
        step=int(steps[most]),
        before=float(values[0][most]),
        after=float(values[1][most]),
        area_before=areas[0],
        area_after=areas[1],
    )


def _steps(plans: list[Plan], horizon: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if horizon <= _COLUMNS:
        return np.arange(horizon)
    return np.unique(np.concatenate([plan.sample(0, horizon, _COLUMNS)[0] for plan in plans]))


def _area(plan: Plan, total: int) -> float:
    marks = np.unique(plan.curve.marks(0.0, float(total), total / _COLUMNS))
    return area(plan, total, tuple(float(mark) for mark in marks))[0]


def _changes(before: Seq, after: Seq) -> tuple[Change, ...]:
    old, new = _settings(before), _settings(after)
    found = [
        Change(key.split()[0], old.get(key, ""), new.get(key, ""))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]
    return (*found, *_part_changes(_parts(before), _parts(after)))


def _settings(program: Seq) -> dict[str, str]:
    """Return the statements that are known by name, as text."""
    found = {}
    for part in program.parts:
        match part:
            case Base():
                found["base"] = _text(part)
            case Setting():
                unit = part.amount.u if part.name == "step" else ""
                found[f"{part.name} {unit}"] = _text(part)
            case Group():
                found[f"group {part.name} {part.range}"] = _text(part)
            case _:
                pass
    return found


def _parts(program: Seq) -> list[str]:
    return [_text(part) for part in program.parts if not isinstance(part, Base | Setting | Group)]


def _part_changes(old: list[str], new: list[str]) -> list[Change]:
    found = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            pairs = zip_longest(old[i:j], new[k:m], fillvalue="")
            found += [Change("part", before, after) for before, after in pairs]
    return found


def _text(part: Statement) -> str:
    """Write a statement without comments, each number in its shortest spelling."""
    return write(Seq((_plain(part),)))


def _plain(part: Statement) -> Statement:
    tree = _bare(msgspec.to_builtins(part))
    plain: Statement = msgspec.convert(tree, type=Statement)
    return plain


def _bare(tree: object) -> object:
    """Take comments and spellings out of a tree: what is left is what it means."""
    if isinstance(tree, dict):
        return {key: _bare(value) for key, value in tree.items() if key not in {"above", "note", "tail", "s"}}
    if isinstance(tree, list | tuple):
        return [_bare(value) for value in tree]
    return tree
