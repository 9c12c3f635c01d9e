"""Files of other tools, imported as runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from rheostat_server.models.errors import Model
from rheostat_server.models.runs import RunSummary

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ImportRequest(Model):
    """A file, or a piece of one: the pieces of one upload may come in any order.

    ``upload`` is yours, the same for all pieces.
    """

    file: _Name = Field(description="The file's name; it names a run that has none.")
    content: str = Field(max_length=960_000, description="Base64 of the file, or of this piece.")
    upload: str = Field(default="whole", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    piece: int = Field(default=0, ge=0, lt=256)
    pieces: int = Field(default=1, ge=1, le=256)
    name: _Name | None = Field(default=None, description="Name of the run instead of the file's.")
    project: _Name = "imported"


class ImportAnswer(Model):
    """The runs that were imported; none while pieces are missing."""

    tool: Literal["tensorboard", "trackio", "transformers", "csv", ""]
    runs: list[RunSummary]
