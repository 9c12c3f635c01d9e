"""TensorBoard's event files: scalars by tag. Pure but for the library that knows their messages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from rheostat_server.imports.found import Found, ImportFileError, Log

__all__ = ["looks_like", "read"]

_HEAD = struct.Struct("<QI")
_MOST_RECORD = 1 << 28
_DOUBLE = 2
# The first field of every message, a double.
_TIME = 0x09


def looks_like(data: bytes) -> bool:
    """Whether it begins as an event file does: with the length of a record that begins with a time."""
    if len(data) <= _HEAD.size:
        return False
    length, _ = _HEAD.unpack_from(data)
    return 0 < length < _MOST_RECORD and data[_HEAD.size] == _TIME


def read(data: bytes, name: str) -> Found:
    """The scalars of an event file, or of several one after the other.

    What a killed writer cut off at the end is left out, with a note.

    Raises:
        ImportFileError: a record is damaged, or there are no scalars; or tensorboardX is not installed.
    """
    try:
        from google.protobuf.message import DecodeError  # noqa: PLC0415 - an extra, only needed here
        from tensorboardX.proto.event_pb2 import Event  # noqa: PLC0415 - as above
    except ImportError:
        raise ImportFileError(
            "reading TensorBoard's files needs tensorboardX: pip install 'rheostat[tensorboard]'"
        ) from None
    log = Log(name)
    for number, record in enumerate(_records(data, log.notes), 1):
        event = Event()
        try:
            event.ParseFromString(record)
        except DecodeError:
            raise ImportFileError(f"record {number} of the event file is damaged") from None
        for value in event.summary.value:
            scalar = _scalar(value)
            if scalar is not None:
                log.add(value.tag, event.step, scalar, event.wall_time)
    return log.found()


def _records(data: bytes, notes: list[str]) -> Iterator[bytes]:
    from tensorboardX.crc32c import crc32c  # noqa: PLC0415 - an extra, only needed here

    at = 0
    while at < len(data):
        if at + _HEAD.size > len(data):
            break
        length, check = _HEAD.unpack_from(data, at)
        if _masked(crc32c(data[at : at + 8])) != check:
            raise ImportFileError(f"the event file is damaged at byte {at:,}")
        start, end = at + _HEAD.size, at + _HEAD.size + length
        if end + 4 > len(data):
            break
        yield data[start:end]
        at = end + 4
    if at < len(data):
        notes.append(f"the last record, from byte {at:,} on, was cut off and is left out")


def _masked(check: int) -> int:
    """As in the TFRecord format."""
    return (((check >> 15) | (check << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _scalar(value: Any) -> float | None:  # the messages are untyped
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or value.tensor.tensor_shape.dim:
        return None
    tensor = value.tensor
    if tensor.tensor_content:
        of = {1: "<f4", _DOUBLE: "<f8"}.get(tensor.dtype)
        return None if of is None else float(np.frombuffer(tensor.tensor_content, of)[0])
    for values in (tensor.float_val, tensor.double_val):
        if len(values) == 1:
            return float(values[0])
    return None
