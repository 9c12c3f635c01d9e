"""Where the columns of chunks come from: blobs and pieces, each fetched once and only when needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, or_, select

from rheostat_server.store.chunk import ColumnHead, Header, read_steps, read_values
from rheostat_server.store.pyramid import LEVELS, unpack_digest, unpack_strange
from rheostat_server.store.schema import chunks, pieces

__all__ = ["Part", "Source", "Span", "batches"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]
T = TypeVar("T")

STRANGE = -1
"""The level of a column's values that are not finite."""
_BATCH = 400
# Made once: building a statement with its list of ids takes longer than running it.
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_BLOBS = select(chunks.c.id, chunks.c["columns"]).where(chunks.c.id.in_(_IDS))


def _of_level(level: int) -> ColumnElement[bool]:
    ids: BindParameter[list[int]] = bindparam(_list_of(level), expanding=True)
    return and_(pieces.c.level == level, pieces.c.chunk.in_(ids))


def _list_of(level: int) -> str:
    return f"at_{level - STRANGE}"


_LEVELS = range(STRANGE, LEVELS + 1)
_PIECES = select(pieces.c.chunk, pieces.c.level, pieces.c.blob).where(
    pieces.c.slot == bindparam("slot_of"), or_(*map(_of_level, _LEVELS))
)


@dataclass(frozen=True, slots=True)
class Span:
    """A chunk's part in the range asked for: its rows in [first, end).

    ``start`` and ``last`` are the chunk's own first and last step. ``whole``: all of its rows are asked
    for; ``narrow``: and they fall into one pixel column.
    """

    id: int
    first: int
    end: int
    start: int
    last: int
    size: int
    whole: bool
    narrow: bool
    header: Header


@dataclass(frozen=True, slots=True)
class Part:
    """One column of a span."""

    span: Span
    head: ColumnHead


class Source:
    """What was read of the chunks so far, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blobs: dict[int, bytes] = {}
        self._pieces: dict[tuple[int, int, int], bytes] = {}
        self._steps: dict[int, Steps] = {}

    def fetch(self, wanted: Iterable[tuple[Part, int]]) -> None:
        """Read what `raw` (level 0) or `digest` (its level) needs of each part."""
        blobs: list[int] = []
        by_slot: dict[int, list[tuple[int, int]]] = {}
        for part, level in wanted:
            span, head = part.span, part.head
            if level == 0 and _lies_in_blob(span):
                blobs.append(span.id)
            if span.header.split:
                levels = (level, STRANGE) if level and head.strange else (level,)
                missing = [
                    (span.id, one) for one in levels if (span.id, head.offset, one) not in self._pieces
                ]
                by_slot.setdefault(head.offset, []).extend(missing)
        self._fetch_blobs(blobs)
        for slot, pairs in by_slot.items():
            self._fetch_pieces(pairs, slot)

    def raw(self, part: Part) -> tuple[Steps, Floats]:
        """Every point of ``part``, shapes (n,)."""
        span, head = part.span, part.head
        piece = self._pieces[span.id, head.offset, 0] if span.header.split else b""
        steps, values = read_values(
            span.header, self._blobs.get(span.id, b""), self._steps_of(span), head, piece
        )
        if span.whole:
            return steps, values
        start, stop = np.searchsorted(steps, (span.first, span.end)).tolist()
        return steps[start:stop], values[start:stop]

    def digest(self, part: Part, level: int) -> tuple[Steps, Floats]:
        """The extremes of every stretch of ``part``, and all that is not finite; steps ascend."""
        span, head = part.span, part.head
        steps, values = unpack_digest(self._pieces[span.id, head.offset, level], span.start)
        if not head.strange:
            return steps, values
        odd_steps, odd = unpack_strange(self._pieces[span.id, head.offset, STRANGE], head.strange)
        steps, values = np.concatenate((steps, odd_steps)), np.concatenate((values, odd))
        order = np.argsort(steps, kind="stable")
        return steps[order], values[order]

    def _steps_of(self, span: Span) -> Steps:
        found = self._steps.get(span.id)
        if found is None:
            if _dense(span):
                found = np.arange(span.start, span.last + 1, dtype=np.int64)
            else:
                found = read_steps(span.header, self._blobs.get(span.id, b""), span.size)
            self._steps[span.id] = found
        return found

    def _fetch_blobs(self, ids: list[int]) -> None:
        for batch in batches([number for number in ids if number not in self._blobs]):
            self._blobs.update(tuple(row) for row in self._connection.execute(_BLOBS, {"ids": batch}).all())

    def _fetch_pieces(self, pairs: list[tuple[int, int]], slot: int) -> None:
        for batch in batches(pairs):
            asked: dict[str, object] = {
                _list_of(level): [number for number, one in batch if one == level] for level in _LEVELS
            }
            for number, level, blob in self._connection.execute(_PIECES, {"slot_of": slot, **asked}).all():
                self._pieces[number, slot, level] = blob


def batches(ids: list[T]) -> Iterator[list[T]]:
    """``ids`` in portions that a statement may name."""
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _dense(span: Span) -> bool:
    return span.last - span.start + 1 == span.size


def _lies_in_blob(span: Span) -> bool:
    """Whether steps or values have to be looked up in the chunk's columns."""
    return not span.header.own and not (span.header.split and _dense(span))
