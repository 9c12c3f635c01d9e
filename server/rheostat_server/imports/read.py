"""Which tool a file is from, and the runs in it. Pure."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Literal

from rheostat_server.imports import csv_table, tensorboard, trackio, trainer_state
from rheostat_server.imports.found import Found, ImportFileError

__all__ = ["Tool", "read"]

Tool = Literal["tensorboard", "trackio", "transformers", "csv"]

_EXPECTED = "a TensorBoard event file, a trackio database, a trainer_state.json, or a CSV with a step column"


def read(data: bytes, file: str) -> tuple[Tool, list[Found]]:
    """The runs in ``data``, the content of the file named ``file``, which names a run that has no name.

    Raises:
        ImportFileError: it is none of the known kinds, or damaged.
    """
    stem = PurePath(file.replace("\\", "/")).stem or "imported"
    if not data:
        raise ImportFileError("the file is empty")
    if data.startswith(trackio.MAGIC):
        return "trackio", trackio.read(data)
    if tensorboard.looks_like(data):
        return "tensorboard", [tensorboard.read(data, stem)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFileError(f"the file is of no known kind: expected {_EXPECTED}") from None
    if text.lstrip()[:1] in ("{", "["):
        return "transformers", [trainer_state.read(_json(text), stem)]
    return "csv", csv_table.read(text, stem)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImportFileError(f"the file is not JSON: {error}") from None
