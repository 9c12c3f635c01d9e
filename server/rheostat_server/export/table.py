"""A run as CSV: a row a step, a column a series. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from rheostat_server.store.rows import Block

__all__ = ["safe", "table"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """``text`` so that no spreadsheet takes it for a formula: what looks like one gets an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def table(names: Sequence[str], blocks: Iterable[Block]) -> Iterator[bytes]:
    """CSV (RFC 4180, UTF-8) in pieces: step, Unix time, then ``names``.

    Numbers have every digit they need to be read back the same; an empty cell is a value not recorded.
    """
    yield _lines([["step", "time", *map(safe, names)]])
    for block in blocks:
        count = len(block.steps)
        columns: list[list[object]] = [block.steps.tolist(), [f"{time:.3f}" for time in block.times.tolist()]]
        for name in names:
            cells: list[object] = [""] * count
            if name in block.series:
                rows, values = block.series[name]
                for row, value in zip(rows.tolist(), values.tolist(), strict=True):
                    cells[row] = value
            columns.append(cells)
        yield _lines(zip(*columns, strict=True))


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
