"""A flush: a batch of steps in columns, as it crosses the wire and lies in the spool."""

from __future__ import annotations

import struct
from math import isfinite
from operator import lt

import msgspec
import numpy as np
import numpy.typing as npt

__all__ = [
    "FEW",
    "MAX_GROUPS",
    "MAX_METRICS",
    "MAX_NAME",
    "MOST",
    "Column",
    "Flush",
    "check_flush",
    "check_name",
    "check_number",
]

FEW = 64
"""For fewer values plain Python is faster than numpy."""
MAX_NAME = 200
MAX_METRICS = 512
MAX_GROUPS = 4096
MOST = 1 << 53
"""The highest step and count: databases hold it, and a page's numbers are exact up to it."""

_INT, _FLOAT = struct.Struct("<q"), struct.Struct("<d")
Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


class Column(msgspec.Struct, frozen=True, gc=False):
    """One series in a flush: little-endian float64 ``values``; ``rows`` are the uint32 row numbers they
    belong to, empty when there is one for every row.
    """

    values: bytes
    rows: bytes = b""

    @classmethod
    def of(cls, values: Floats, rows: npt.NDArray[np.uint32] | None = None) -> Column:
        """Pack an array of shape (n,), with the rows of shape (n,) when not every row has a value."""
        packed = b"" if rows is None else np.ascontiguousarray(rows, dtype="<u4").tobytes()
        return cls(np.ascontiguousarray(values, dtype="<f8").tobytes(), packed)

    def array(self) -> Floats:
        """The values as float64, shape (n,), read-only."""
        return np.frombuffer(self.values, dtype="<f8")

    def floats(self) -> tuple[float, ...]:
        """The same in plain Python: for a few."""
        return struct.unpack(f"<{len(self.values) // 8}d", self.values)

    @property
    def latest(self) -> float:
        """The last value of at least one."""
        return float(_FLOAT.unpack_from(self.values, len(self.values) - 8)[0])

    def row_numbers(self, count: int) -> npt.NDArray[np.uint32]:
        """The row of each value, shape (n,), in a flush of ``count`` rows."""
        if not self.rows:
            return np.arange(count, dtype=np.uint32)
        return np.frombuffer(self.rows, dtype="<u4")


class Flush(msgspec.Struct, frozen=True, kw_only=True, tag="flush"):
    """A batch of steps in columns. ``seq`` counts from 1 without gaps per writer.

    ``steps``: int64, ascending, shape (n,). ``times``: Unix seconds, float64, shape (n,). ``planned`` and
    ``effective`` map group name to lr; ``metrics`` map metric name to values.
    """

    seq: int
    steps: bytes
    times: bytes
    planned: dict[str, Column]
    effective: dict[str, Column]
    metrics: dict[str, Column]

    @property
    def count(self) -> int:
        """How many steps it holds."""
        return len(self.steps) // 8

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last step."""
        return _INT.unpack_from(self.steps)[0], _INT.unpack_from(self.steps, len(self.steps) - 8)[0]

    @property
    def period(self) -> tuple[float, float]:
        """The first and the last time, Unix seconds."""
        return _FLOAT.unpack_from(self.times)[0], _FLOAT.unpack_from(self.times, len(self.times) - 8)[0]

    def step_array(self) -> Steps:
        """The steps as int64, shape (n,), read-only."""
        return np.frombuffer(self.steps, dtype="<i8")

    def time_array(self) -> Floats:
        """The times as float64 Unix seconds, shape (n,), read-only."""
        return np.frombuffer(self.times, dtype="<f8")

    def step_ints(self) -> tuple[int, ...]:
        """The steps in plain Python: for a few."""
        return struct.unpack(f"<{self.count}q", self.steps)

    def time_floats(self) -> tuple[float, ...]:
        """The times in plain Python: for a few."""
        return struct.unpack(f"<{self.count}d", self.times)


def check_flush(flush: Flush) -> None:
    """Check all that the types do not say. Raises msgspec.ValidationError."""
    check_number(flush.seq, "$.seq", least=1)
    count, rest = divmod(len(flush.steps), 8)
    if rest or len(flush.times) != 8 * count or count == 0:
        raise msgspec.ValidationError("flush: steps and times must be equally many (at least 1) of 8 bytes")
    if not _ascends(flush):
        raise msgspec.ValidationError(
            f"flush: steps must ascend, from 0 or above to {MOST} at most - at `$.steps`"
        )
    if not _timed(flush):
        raise msgspec.ValidationError("flush: times must be finite - at `$.times`")
    if len(flush.metrics) > MAX_METRICS:
        raise msgspec.ValidationError(f"flush: {len(flush.metrics)} metrics, at most {MAX_METRICS}")
    for part, columns in (
        ("planned", flush.planned),
        ("effective", flush.effective),
        ("metrics", flush.metrics),
    ):
        for name, column in columns.items():
            check_name(name, f"$.{part}")
            _check_column(column, count, f"$.{part}[{name!r}]")


def _ascends(flush: Flush) -> bool:
    if flush.count < FEW:
        few = flush.step_ints()
        return few[0] >= 0 and few[-1] <= MOST and all(map(lt, few, few[1:]))
    steps = flush.step_array()
    return bool(
        steps[0] >= 0 and steps[-1] <= MOST and np.count_nonzero(steps[1:] > steps[:-1]) == len(steps) - 1
    )


def _timed(flush: Flush) -> bool:
    if flush.count < FEW:
        return all(map(isfinite, flush.time_floats()))
    return int(np.count_nonzero(np.isfinite(flush.time_array()))) == flush.count


def _check_column(column: Column, count: int, where: str) -> None:
    size, rest = divmod(len(column.values), 8)
    if rest:
        raise msgspec.ValidationError(f"flush: values must be 8 bytes each - at `{where}`")
    if not column.rows:
        if size != count:
            raise msgspec.ValidationError(f"flush: {size} values for {count} rows - at `{where}`")
        return
    if len(column.rows) != 4 * size:
        raise msgspec.ValidationError(f"flush: {size} values need {size} rows of 4 bytes - at `{where}`")
    rows = column.row_numbers(count).astype(np.int64)
    if bool((np.diff(rows) <= 0).any()) or int(rows[-1]) >= count:
        raise msgspec.ValidationError(f"flush: rows must ascend below {count} - at `{where}`")


def check_number(number: int, where: str, *, least: int = 0, most: int = MOST) -> None:
    """Check a whole number, found at ``where``. Raises msgspec.ValidationError."""
    if not least <= number <= most:
        raise msgspec.ValidationError(
            f"expected a number from {least} to {most}, got {number} - at `{where}`"
        )


def check_name(name: str, where: str) -> None:
    """Check the name of a run, group or metric, found at ``where``. Raises msgspec.ValidationError."""
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise msgspec.ValidationError(f"names are 1 to {MAX_NAME} printable characters - at `{where}`")
