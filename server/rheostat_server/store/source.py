"""Where the columns of chunks come from: blobs and pieces, each fetched once and only when needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, union_all

from rheostat_server.series import BASE
from rheostat_server.store.among import among
from rheostat_server.store.chunk import ColumnHead, Header, read_steps, read_values
from rheostat_server.store.pyramid import unpack_digest, unpack_strange
from rheostat_server.store.schema import chunks, pieces

__all__ = ["Part", "Source", "Span", "every_step"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

STRANGE = -1
"""The level of a column's values that are not finite."""
_BLOBS = select(chunks.c.id, chunks.c["columns"]).where(among(chunks.c.id, "ids"))
_OF_SLOT = select(pieces.c.chunk, pieces.c.level, pieces.c.blob).where(pieces.c.slot == bindparam("slot_of"))
_PIECES = union_all(
    _OF_SLOT.where(pieces.c.level == bindparam("level_of"), among(pieces.c.chunk, "digests")),
    _OF_SLOT.where(pieces.c.level == 0, among(pieces.c.chunk, "values")),
    _OF_SLOT.where(pieces.c.level == STRANGE, among(pieces.c.chunk, "odd")),
)


class Span(msgspec.Struct, frozen=True, gc=False):
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


class Part(msgspec.Struct, frozen=True, gc=False):
    """One column of a span."""

    span: Span
    head: ColumnHead


@dataclass(slots=True)
class _Wanted:
    """Of one slot: the chunks whose digests, values, and values that are not finite are wanted."""

    digests: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)


class Source:
    """What was read of the chunks so far, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blobs: dict[int, bytes] = {}
        self._pieces: dict[tuple[int, int, int], bytes] = {}
        self._steps: dict[int, Steps] = {}

    def fetch(self, raw: Iterable[Part], digests: Iterable[Part] = (), level: int = 0) -> None:
        """Read what `raw` and what `digest` at ``level`` need of these parts."""
        raw = list(raw)
        self._fetch_blobs({part.span.id for part in raw if _lies_in_blob(part.span)} - self._blobs.keys())
        by_slot: dict[int, _Wanted] = {}
        for part in raw:
            if part.span.header.split and self._lacks(part, 0):
                by_slot.setdefault(part.head.offset, _Wanted()).values.append(part.span.id)
        for part in digests:
            if not self._lacks(part, level):
                continue
            wanted = by_slot.setdefault(part.head.offset, _Wanted())
            wanted.digests.append(part.span.id)
            if part.head.strange:
                wanted.odd.append(part.span.id)
        for slot, wanted in by_slot.items():
            self._fetch_pieces(slot, level, wanted)

    def raw(self, part: Part) -> tuple[Steps, Floats]:
        """Every point of ``part``, shapes (n,)."""
        span, head = part.span, part.head
        piece = self._pieces[span.id, head.offset, 0] if span.header.split else b""
        steps = self._steps_of(span)
        between: tuple[int, int] | None = None
        if not span.whole:
            between = tuple(np.searchsorted(steps, (span.first, span.end)).tolist())
        return read_values(span.header, self._blobs.get(span.id, b""), steps, head, piece, between=between)

    def cut(self, part: Part, level: int) -> tuple[Steps, Floats]:
        """As `digest`, where only some of the chunk is asked for: of stretches across the border every point.

        ``part`` has a value at every step (`every_step`).
        """
        span, size = part.span, BASE**level
        low = span.first if span.first == span.start else -(-span.first // size) * size
        high = span.end if span.end == span.last + 1 else span.end // size * size
        if low >= high:
            return self.raw(part)
        steps, values = self.digest(part, level)
        inside = slice(*np.searchsorted(steps, (low, high)).tolist())
        before = self.raw(Part(replace(span, end=low, whole=False), part.head))
        after = self.raw(Part(replace(span, first=high, whole=False), part.head))
        return (
            np.concatenate((before[0], steps[inside], after[0])),
            np.concatenate((before[1], values[inside], after[1])),
        )

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

    def _lacks(self, part: Part, level: int) -> bool:
        """Whether a piece was not read yet: series that are equal, as plan and lr may be, share theirs."""
        return (part.span.id, part.head.offset, level) not in self._pieces

    def _steps_of(self, span: Span) -> Steps:
        found = self._steps.get(span.id)
        if found is None:
            if _dense(span):
                found = np.arange(span.start, span.last + 1, dtype=np.int64)
            else:
                found = read_steps(span.header, self._blobs.get(span.id, b""), span.size)
            self._steps[span.id] = found
        return found

    def _fetch_blobs(self, ids: set[int]) -> None:
        if ids:
            rows = self._connection.execute(_BLOBS, {"ids": sorted(ids)}).all()
            self._blobs.update(tuple(row) for row in rows)

    def _fetch_pieces(self, slot: int, level: int, wanted: _Wanted) -> None:
        asked: dict[str, int | list[int]] = {"slot_of": slot, "level_of": level}
        asked |= {"digests": wanted.digests, "values": wanted.values, "odd": wanted.odd}
        for number, at, blob in self._connection.execute(_PIECES, asked).all():
            self._pieces[number, slot, at] = blob


def every_step(part: Part) -> bool:
    """Whether the column has a value at every step of its chunk."""
    return not part.head.rows and _dense(part.span)


def _dense(span: Span) -> bool:
    return span.last - span.start + 1 == span.size


def _lies_in_blob(span: Span) -> bool:
    """Whether steps or values have to be looked up in the chunk's columns."""
    return not span.header.own and not (span.header.split and _dense(span))
