"""The spool: numbered messages in append-only files: they outlive the process and wait for a server.

A frame is length, number and payload, preceded by a CRC-32 over all three. What follows a damaged frame in
its file is not read; the next file is.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

from rheostat.wire import Flush, Report, decode_from_agent, encode

__all__ = ["Message", "Spool", "frame", "parse", "read"]

Message = TypeVar("Message", Flush, Report)

FILE_BYTES = 4 << 20
KEPT_FILES = 2
"""So many full files stay after their ack, should the server's data go back in time."""
MAX_FRAME_BYTES = 16 << 20
_HEAD = struct.Struct("<IIQ")  # CRC-32, length of the payload, seq
_CRC_BYTES = 4 << 10
"""Up to so many bytes zlib sums up with no other thread let in; see UNTHREADED in `rheostat.agent.ring`."""


def frame(seq: int, payload: bytes) -> bytes:
    """``payload`` framed."""
    head = _HEAD.pack(0, len(payload), seq)[4:]
    return struct.pack("<I", _crc(head, payload)) + head + payload


def parse(file: BinaryIO, after: int = 0) -> Iterator[tuple[int, bytes, int]]:
    """The whole frames from the beginning of ``file``: number, payload, where the frame ends.

    Those numbered up to ``after`` are passed over.
    """
    end = 0
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        crc, length, seq = _HEAD.unpack(head)
        if length > MAX_FRAME_BYTES:
            return
        payload = file.read(length)
        if len(payload) != length or _crc(head[4:], payload) != crc:
            return
        end += _HEAD.size + length
        if seq > after:
            yield seq, payload, end


@dataclass(slots=True)
class _File:
    """A file of the spool: its numbers, and its size in bytes."""

    path: Path
    first: int
    last: int
    size: int = 0


class Spool(Generic[Message]):
    """Messages of one kind, appended in the order of their numbers, dropped some time after their ack.

    Raises OSError where the disk gives out; what was appended before stays.
    """

    def __init__(self, folder: Path, kind: type[Message]) -> None:
        self._folder = folder
        self._kind: type[Message] = kind
        self._files: list[_File] = []
        self._descriptor = -1
        self.last = 0

    @property
    def first(self) -> int:
        """The lowest number that is still here; above ``last`` if there is none."""
        return self._files[0].first if self._files else self.last + 1

    @property
    def bytes(self) -> int:
        """How much room the files take."""
        return sum(file.size for file in self._files)

    def append(self, message: Message) -> Message:
        """Number ``message`` and write it; returns it with its number."""
        numbered = msgspec.structs.replace(message, seq=self.last + 1)
        content = frame(numbered.seq, encode(numbered))
        if self._descriptor < 0 or self._files[-1].size >= FILE_BYTES:
            self._open(numbered.seq)
        file = self._files[-1]
        written = os.write(self._descriptor, content)
        if written != len(content):
            os.ftruncate(self._descriptor, file.size)
            raise OSError(28, "No space left on device")
        file.size += written
        file.last = numbered.seq
        self.last = numbered.seq  # after it can be found: another thread reads up to here
        return numbered

    def drop(self, acked: int) -> None:
        """Everything up to ``acked`` is stored by a server: the oldest files holding nothing else go."""
        while len(self._files) > KEPT_FILES + 1 and self._files[KEPT_FILES].last <= acked:
            self._files.pop(0).path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete everything and number from 1 again."""
        self.close()
        for file in self._files:
            file.path.unlink(missing_ok=True)
        self._files.clear()
        self.last = 0

    def after(self, seq: int) -> Iterator[Message]:
        """The messages numbered above ``seq``, in order."""
        for file in list(self._files):
            if file.last > seq and file.path.exists():
                yield from _messages(file.path, self._kind, seq)

    def rewrite_largest(self, change: Callable[[Message], Message]) -> bool:
        """Put ``change`` of each message in the largest full file in its place; whether that made room."""
        if len(self._files) < 2:
            return False
        file = max(self._files[:-1], key=lambda each: each.size)
        part = file.path.with_suffix(".part")
        before = file.size
        with part.open("wb") as written:
            for message in _messages(file.path, self._kind):
                written.write(frame(message.seq, encode(change(message))))
            file.size = written.tell()
        part.replace(file.path)
        return file.size < before

    def close(self) -> None:
        """Let go of the open file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _open(self, seq: int) -> None:
        self.close()
        path = self._folder / f"{_stem(self._kind)}-{seq:012}.log"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._files.append(_File(path, seq, seq - 1))


def read(folder: Path, kind: type[Message]) -> Iterator[Message]:
    """The messages of a kind that a process left in ``folder``, in order; what is damaged is passed over."""
    for path in sorted(folder.glob(f"{_stem(kind)}-*.log")):
        yield from _messages(path, kind)


def _stem(kind: type[Message]) -> str:
    return kind.__name__.lower()


def _messages(path: Path, kind: type[Message], after: int = 0) -> Iterator[Message]:
    with path.open("rb") as file:
        for _, payload, _ in parse(file, after):
            try:
                message = decode_from_agent(payload)
            except msgspec.DecodeError:
                return
            if isinstance(message, kind):
                yield message


def _crc(*parts: bytes) -> int:
    crc = 0
    for part in parts:
        view = memoryview(part)
        for first in range(0, len(part), _CRC_BYTES):
            crc = zlib.crc32(view[first : first + _CRC_BYTES], crc)
    return crc
