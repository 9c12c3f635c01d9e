"""A run as an event file of TensorBoard: a scalar a value, tagged with the series' name."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

from rheostat_server.store.rows import Block

__all__ = ["events"]


def events(names: Sequence[str], blocks: Iterable[Block]) -> Iterator[bytes]:
    """The file in pieces: one event a step, at its time. Scalars of TensorBoard are float32.

    Raises ImportError without tensorboardX.
    """
    from tensorboardX.proto.event_pb2 import Event  # noqa: PLC0415 - an extra
    from tensorboardX.proto.summary_pb2 import Summary  # noqa: PLC0415 - as above
    from tensorboardX.record_writer import masked_crc32c  # noqa: PLC0415 - as above

    def framed(event: Event) -> bytes:
        record: bytes = event.SerializeToString()
        head = struct.pack("<Q", len(record))
        checks = [struct.pack("<I", masked_crc32c(part)) for part in (head, record)]
        return head + checks[0] + record + checks[1]

    first = True
    for block in blocks:
        values: list[list[Summary.Value]] = [[] for _ in block.steps]
        for name in names:
            rows, found = block.series.get(name, ((), ()))
            for row, value in zip(rows, found, strict=True):
                values[row].append(Summary.Value(tag=name, simple_value=value))
        if first:
            yield framed(Event(wall_time=float(block.times[0]), file_version="brain.Event:2"))
            first = False
        yield b"".join(
            framed(Event(wall_time=time, step=step, summary=Summary(value=scalars)))
            for time, step, scalars in zip(block.times.tolist(), block.steps.tolist(), values, strict=True)
        )
    if first:
        yield framed(Event(wall_time=0.0, file_version="brain.Event:2"))
