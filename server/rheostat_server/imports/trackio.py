"""A project of trackio: its SQLite database, a run or more. Pure."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime

from rheostat_server.imports.found import Found, ImportFileError, Log

__all__ = ["MAGIC", "read"]

MAGIC = b"SQLite format 3\x00"
# A million instructions at a time of SQLite's machine, so often: a file may hold a query that never ends.
_TICK, _MOST_TICKS = 1_000_000, 2000
_STRANGE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def read(data: bytes) -> list[Found]:
    """The runs in a database of trackio.

    Raises:
        ImportFileError: it is damaged, or not trackio's.
    """
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            # In memory: no path of the file's choosing is opened, and its functions and triggers do nothing.
            database.execute("PRAGMA trusted_schema = OFF")
            database.deserialize(data)
            database.execute("PRAGMA query_only = ON")
            ticks = iter(range(_MOST_TICKS))
            database.set_progress_handler(lambda: next(ticks, None) is None, _TICK)
            return _runs(database)
    except (sqlite3.Error, OverflowError) as error:
        raise ImportFileError(f"not a database of trackio: {error}") from None


def _runs(database: sqlite3.Connection) -> list[Found]:
    logs: dict[str, Log] = {}
    rows = database.execute("SELECT run_name, step, timestamp, metrics FROM metrics ORDER BY id")
    for number, (name, step, timestamp, text) in enumerate(rows, 1):
        log = logs.setdefault(str(name), Log(str(name)))
        values = _object(text, f"row {number} of metrics")
        time = _time(timestamp)
        if not isinstance(step, int):
            raise ImportFileError(f"row {number} of metrics has step {step!r}: expected a whole number")
        for key, value in _numbers(values):
            log.add(key, step, value, time)
    if database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'configs'").fetchone():
        for name, text in database.execute("SELECT run_name, config FROM configs"):
            if str(name) in logs:
                logs[str(name)].config = _object(text, f"the config of {name!r}")
    if not logs:
        raise ImportFileError("the database of trackio has no runs")
    return [log.found() for log in logs.values()]


def _object(text: object, where: str) -> dict[str, object]:
    try:
        found = json.loads(text) if isinstance(text, str | bytes) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ImportFileError(f"{where} is no JSON object")
    return found


def _numbers(values: dict[str, object]) -> Iterable[tuple[str, float]]:
    for key, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield key, float(value)
        elif isinstance(value, str) and value in _STRANGE:
            yield key, _STRANGE[value]


def _time(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
