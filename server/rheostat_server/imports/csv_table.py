"""A CSV of trackio, of wandb, or of our own: a step column and columns of numbers. Pure."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime

from rheostat_server.imports.found import Found, ImportFileError, Log

__all__ = ["read"]

_STEPS = ("step", "_step", "global_step", "trainer/global_step", "train/global_step")
_TIMES = ("time", "timestamp", "_timestamp", "wall time")
_RUNS = ("run", "run_name", "run name")
_NO_METRIC = ("", "_runtime", "id", "run_id", "log_id", "space_id")
# The panel export of wandb: a run's values with their least and greatest under NAME - metric.
_PANEL = re.compile(r"(?P<run>.+) - (?P<metric>.+?)(?P<bound>__MIN|__MAX)?")


def read(text: str, name: str) -> list[Found]:
    """The runs in a CSV: one, one for each value of a column ``run``, or one for each curve of a panel.

    Raises:
        ImportFileError: it has no step column or no numbers, or a row does not fit.
    """
    # A cell of a few kilobytes is no number.
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [cell.strip() for cell in next(rows)]
        return _runs(head, rows, name)
    except StopIteration:
        raise ImportFileError("the CSV is empty") from None
    except csv.Error as error:
        raise ImportFileError(f"line {rows.line_num} is no CSV: {error}") from None


def _runs(head: list[str], rows: object, name: str) -> list[Found]:
    low = [cell.lower() for cell in head]
    step_at = _first(low, _STEPS)
    if step_at is None:
        shown = ", ".join(head[:8])
        raise ImportFileError(f"the CSV has no step column: expected step, _step or Step, got {shown}")
    time_at, run_at = _first(low, _TIMES), _first(low, _RUNS)
    columns = [
        (at, *_named(head[at]))
        for at in range(len(head))
        if at not in (step_at, time_at, run_at) and low[at] not in (*_STEPS, *_NO_METRIC)
    ]
    logs: dict[str, Log] = {}
    number = 1
    for row in rows:  # type: ignore[attr-defined]
        number += 1
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            raise ImportFileError(f"row {number} has {len(row)} cells: expected {len(head)}")
        step = _step(row[step_at], number)
        time = None if time_at is None else _time(row[time_at])
        for at, run, metric in columns:
            value = _number(row[at])
            if value is not None and metric:
                key = run or (row[run_at].strip() if run_at is not None else "") or name
                logs.setdefault(key, Log(key)).add(metric, step, value, time)
    if not logs:
        raise ImportFileError("the CSV has no numbers beside its steps")
    return [log.found() for log in logs.values()]


def _first(head: list[str], names: tuple[str, ...]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


def _named(cell: str) -> tuple[str, str]:
    """The run and the metric a column is of; no metric for a bound of a panel."""
    panel = _PANEL.fullmatch(cell)
    if panel is not None:
        return panel["run"], "" if panel["bound"] else panel["metric"]
    return "", cell.removeprefix("'")


def _step(cell: str, number: int) -> int:
    try:
        value = float(cell)
        step = int(value)
    except (ValueError, OverflowError):
        value, step = 0.5, 0
    if value != step or step < 0:
        raise ImportFileError(f"row {number} has step {cell.strip()[:40]!r}: expected a whole number from 0")
    return step


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _time(cell: str) -> float | None:
    number = _number(cell)
    if number is not None:
        return number
    try:
        return datetime.fromisoformat(cell.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
