"""Thin: give up rows between the extremes, so that a long wait for a server fits on the disk."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from rheostat.wire import Column, Flush

__all__ = ["thin"]

BUCKET = 16


def thin(flush: Flush) -> Flush:
    """``flush`` with only the rows that hold the least or the greatest value of a series in their bucket.

    The first and the last row stay, and a bucket's first NaN.
    """
    count = flush.count
    keep = np.zeros(count, dtype=np.bool_)
    keep[[0, -1]] = True
    for column in (*flush.planned.values(), *flush.effective.values(), *flush.metrics.values()):
        values = column.array()
        for first in range(0, len(values), BUCKET):
            part = values[first : first + BUCKET]
            rows = column.row_numbers(count)[first : first + BUCKET]
            finite = ~np.isnan(part)
            if not finite.all():
                keep[rows[np.argmin(finite)]] = True
            if finite.any():
                keep[rows[[np.nanargmin(part), np.nanargmax(part)]]] = True
    at = np.flatnonzero(keep)
    return msgspec.structs.replace(
        flush,
        steps=flush.step_array()[at].tobytes(),
        times=flush.time_array()[at].tobytes(),
        planned=_pick(flush.planned, keep),
        effective=_pick(flush.effective, keep),
        metrics=_pick(flush.metrics, keep),
    )


def _pick(columns: dict[str, Column], keep: npt.NDArray[np.bool_]) -> dict[str, Column]:
    new_row = np.cumsum(keep) - 1
    picked: dict[str, Column] = {}
    for name, column in columns.items():
        rows = column.row_numbers(len(keep))
        stays = keep[rows]
        if stays.any():
            places = new_row[rows[stays]].astype(np.uint32) if column.rows else None
            picked[name] = Column.of(column.array()[stays], places)
    return picked
