"""The spool: numbered flushes in append-only files, so that they outlive the process and wait for a server.

A frame is length, number and payload, preceded by a CRC-32 over all three. What follows a damaged frame in
its file is not read; the next file is.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from rheostat.wire import Flush, decode_from_agent, encode

__all__ = ["Spool", "read"]

FILE_BYTES = 64 << 20
MAX_FRAME_BYTES = 16 << 20
_HEAD = struct.Struct("<IIQ")  # CRC-32, length of the payload, seq


def frame(seq: int, payload: bytes) -> bytes:
    """``payload`` framed."""
    head = _HEAD.pack(0, len(payload), seq)[4:]
    return struct.pack("<I", zlib.crc32(payload, zlib.crc32(head))) + head + payload


def parse(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The whole frames at the beginning of ``content``: number, payload, where the frame ends."""
    at = 0
    while at + _HEAD.size <= len(content):
        crc, length, seq = _HEAD.unpack_from(content, at)
        end = at + _HEAD.size + length
        if length > MAX_FRAME_BYTES or end > len(content) or zlib.crc32(content[at + 4 : end]) != crc:
            return
        yield seq, content[at + _HEAD.size : end], end
        at = end


class Spool:
    """Flushes of one writer, appended in the order of their numbers, dropped once acked.

    Raises OSError where the disk gives out; what was appended before stays.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[tuple[Path, int]] = []
        self._descriptor = -1
        self._size = 0
        self.last = 0

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def append(self, flush: Flush) -> Flush:
        """Number ``flush`` and write it; returns it with its number."""
        numbered = msgspec.structs.replace(flush, seq=self.last + 1)
        content = frame(numbered.seq, encode(numbered))
        if self._descriptor < 0 or self._size >= FILE_BYTES:
            self._open(numbered.seq)
        written = os.write(self._descriptor, content)
        if written != len(content):
            os.ftruncate(self._descriptor, self._size)
            raise OSError(28, "No space left on device")
        self._size += written
        self.last = numbered.seq
        self._files[-1] = (self._files[-1][0], self.last)
        return numbered

    def drop(self, acked: int) -> None:
        """Everything up to ``acked`` is stored by a server: files holding nothing else go."""
        while self._files and self._files[0][1] <= acked:
            if len(self._files) == 1:
                if self._size < FILE_BYTES // 16:
                    return
                self._close()
            self._files.pop(0)[0].unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete everything and number from 1 again."""
        self._close()
        for path, _ in self._files:
            path.unlink(missing_ok=True)
        self._files.clear()
        self.last = 0

    def after(self, seq: int) -> Iterator[Flush]:
        """The flushes numbered above ``seq``, in order."""
        for path, last in list(self._files):
            if last > seq:
                yield from (f for f in _flushes(path) if f.seq > seq)

    def rewrite_oldest(self, change: Callable[[Flush], Flush]) -> int:
        """Put ``change`` of each flush in the largest closed file in its place; returns the rows given up."""
        closed = [path for path, _ in self._files[:-1]]
        if not closed:
            return 0
        path = max(closed, key=lambda each: each.stat().st_size)
        part = path.with_suffix(".part")
        lost = 0
        with part.open("wb") as file:
            for flush in _flushes(path):
                changed = change(flush)
                lost += flush.count - changed.count
                file.write(frame(changed.seq, encode(changed)))
        part.replace(path)
        return lost

    @property
    def bytes(self) -> int:
        """How much room the files take."""
        return sum(p.stat().st_size for p, _ in self._files if p.exists())

    def close(self) -> None:
        """Let go of the open file."""
        self._close()

    def _open(self, seq: int) -> None:
        self._close()
        path = self._folder / f"flush-{seq:012}.log"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._size = 0
        self._files.append((path, seq - 1))

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def read(folder: Path) -> Iterator[Flush]:
    """The flushes a process left in ``folder``, in order; what is damaged is passed over."""
    for path in sorted(folder.glob("flush-*.log")):
        yield from _flushes(path)


def _flushes(path: Path) -> Iterator[Flush]:
    for _, payload, _ in parse(path.read_bytes()):
        try:
            flush = decode_from_agent(payload)
        except msgspec.DecodeError:
            return
        if isinstance(flush, Flush):
            yield flush
