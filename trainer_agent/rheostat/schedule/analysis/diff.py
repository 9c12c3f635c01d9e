"""What changed between two schedules: in words, part by part, and as curves."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec
import numpy as np

from rheostat.schedule.plan import Plan
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.text.format import write
from rheostat.schedule.tree.nodes import Base, Group, Seq, Setting, Statement, spell

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
    """The changes of text and run, and how far the curves are apart over steps 0 to total - 1.

    ``largest`` is the largest difference (after - before, with its sign) among the steps compared, met first
    at ``step``, where the curves are ``before`` and ``after``. Areas are sums of the lr over all steps, of
    each one's own run where they differ in length.
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
    a: Schedule | Plan | str,
    b: Schedule | Plan | str,
    *,
    base: float | None = None,
    total: int | None = None,
    epoch: float | None = None,
    step_tokens: float | None = None,
    group: str | None = None,
) -> Diff:
    """Compare two schedules bound to the same run, for one param group; a plan brings its own run.

    Statements are compared by meaning: spacing, comments and the spelling of numbers are no changes. The
    largest difference is looked for at every step of a run up to 4,000, else at some 16,000 steps, the
    breaks of both curves among them. Without a total the longer of both horizons is compared; the end of a
    shorter run holds.

    Raises ScheduleError for a faulty text and BindError for what neither text nor run says.
    """

    def bound(one: Schedule | Plan | str) -> Plan:
        if isinstance(one, Plan):
            return one
        schedule = parse(one) if isinstance(one, str) else one
        return schedule.bind(base, total, epoch, step_tokens, group)

    return _compared(bound(a), bound(b))


def _compared(old: Plan, new: Plan) -> Diff:
    horizon = max(old.horizon, new.horizon)
    steps = _steps([old, new], horizon)
    before, after = old(steps), new(steps)
    most = int(np.argmax(np.abs(after - before)))
    return Diff(
        changes=_changes(old, new),
        total=horizon,
        largest=float(after[most] - before[most]),
        step=int(steps[most]),
        before=float(before[most]),
        after=float(after[most]),
        area_before=_area(old, old.total or horizon),
        area_after=_area(new, new.total or horizon),
    )


def _steps(plans: list[Plan], horizon: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if horizon <= _COLUMNS:
        return np.arange(horizon)
    return np.unique(np.concatenate([plan.sample(0, horizon, _COLUMNS)[0] for plan in plans]))


def _area(plan: Plan, total: int) -> float:
    marks = np.unique(plan.curve.marks(0.0, float(total), total / _COLUMNS))
    return area(plan, total, tuple(float(mark) for mark in marks))[0]


def _changes(before: Plan, after: Plan) -> tuple[Change, ...]:
    a, b = parse(before.text).program, parse(after.text).program
    old, new = _settings(a), _settings(b)
    found = [
        Change(key.split()[0], old.get(key, ""), new.get(key, ""))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]
    said = {change.kind for change in found}
    runs = (("base", before.base, after.base), ("total", before.total, after.total))
    for name, one, other in runs:
        # A base or a total that a text sets is told as the text's.
        if one is not None and other is not None and one != other and not said & {name, "group"}:
            found.append(Change(f"the run's {name}", spell(one), spell(other)))
    return (*found, *_part_changes(_parts(a), _parts(b)))


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
