"""Annotations: what people write at steps of runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from rheostat_server.models.errors import Model

AnnotationText = Annotated[
    str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True, pattern=r"^[^\x00]*$")
]
AnnotationStep = Annotated[int, Field(ge=0, lt=1 << 53)]


class Annotation(Model):
    """A text at a step, who wrote it and when (Unix seconds), and who changed it last."""

    id: int
    run: str
    step: int
    text: str
    written_by: str
    written_at: float
    edited_by: str | None
    edited_at: float | None


class AnnotationRequest(Model):
    """A text to write at a step; without one, at the step the run stands at."""

    text: AnnotationText
    step: AnnotationStep | None = None


class AnnotationEdit(Model):
    """What to change about an annotation; what is left out stays."""

    text: AnnotationText = "-"
    step: AnnotationStep = 0


class AnnotationList(Model):
    """The annotations of a run, by step."""

    annotations: list[Annotation]
