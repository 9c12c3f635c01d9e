"""A run as Parquet: a row a step, every number as it was recorded, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

import numpy as np

from rheostat_server.store.rows import Block

__all__ = ["write_parquet"]


def write_parquet(
    to: IO[bytes], names: Sequence[str], blocks: Iterable[Block], about: dict[str, str]
) -> None:
    """Write columns step (int64), time (Unix seconds) and ``names`` (float64; null was not recorded).

    ``about`` goes into the file's metadata. Raises ImportError without pyarrow.
    """
    import pyarrow as pa  # noqa: PLC0415 - large, and an extra
    from pyarrow import parquet  # noqa: PLC0415 - as above

    fields = [
        pa.field("step", pa.int64(), nullable=False),
        pa.field("time", pa.float64(), nullable=False),
        *(pa.field(name, pa.float64()) for name in names),
    ]
    schema = pa.schema(fields, metadata=about)
    with parquet.ParquetWriter(to, schema, compression="zstd") as writer:
        for block in blocks:
            columns = [pa.array(block.steps), pa.array(block.times)]
            columns += [_column(pa, block, name) for name in names]
            writer.write_table(pa.table(columns, schema=schema))


def _column(pa: Any, block: Block, name: str) -> Any:  # pyarrow is untyped
    values, missing = np.zeros(len(block.steps)), np.ones(len(block.steps), dtype=bool)
    if name in block.series:
        rows, found = block.series[name]
        values[rows], missing[rows] = found, False
    return pa.array(values, mask=missing)
