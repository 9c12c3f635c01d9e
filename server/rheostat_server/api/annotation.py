"""Annotations of a run: what people write at its steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Asking, Parts, RunEntry, answer
from rheostat_server.errors import ApiError, refuse
from rheostat_server.models import Annotation, AnnotationEdit, AnnotationList, AnnotationRequest
from rheostat_server.store import annotation as store

router = APIRouter(prefix="/api/runs/{run}/annotations", tags=["annotations"], responses=ERRORS)

Number = Annotated[int, Path(ge=1, lt=1 << 53)]


@router.get("", response_model=AnnotationList)
def every(entry: RunEntry, parts: Parts) -> Response:
    """Every annotation of the run, by step."""
    found = parts.read(lambda c: store.annotations_of(c, entry.hello.run))
    return answer(AnnotationList.model_construct(annotations=found))


@router.post("", response_model=Annotation, status_code=201)
async def annotate(body: AnnotationRequest, entry: RunEntry, parts: Parts, asking: Asking) -> Response:
    """Write a text at a step of the run, at the one it stands at by default."""
    run, now = entry.hello.run, parts.clock()
    step = entry.step if body.step is None else body.step
    found = await parts.write(lambda c: store.annotate(c, run, step, body.text, by=asking.name, now=now))
    if found is None:
        raise refuse(409, "too_many", f"a run has at most {store.MOST:,} annotations")
    parts.hub.annotation(found)
    return answer(found, 201)


@router.patch("/{number}", response_model=Annotation)
async def edit(
    number: Number, body: AnnotationEdit, entry: RunEntry, parts: Parts, asking: Asking
) -> Response:
    """Change the text of an annotation, or its step."""
    run, now = entry.hello.run, parts.clock()
    changes = body.model_dump(include=body.model_fields_set)
    found = await parts.write(lambda c: store.change(c, run, number, changes, by=asking.name, now=now))
    if found is None:
        raise _unknown(number)
    parts.hub.annotation(found)
    return answer(found)


@router.delete("/{number}", status_code=204)
async def take_away(number: Number, entry: RunEntry, parts: Parts) -> Response:
    """Delete an annotation."""
    run = entry.hello.run
    found = await parts.write(lambda c: store.take_away(c, run, number))
    if found is None:
        raise _unknown(number)
    parts.hub.annotation(found, deleted=True)
    return Response(status_code=204)


def _unknown(number: int) -> ApiError:
    return refuse(404, "not_found", f"the run has no annotation {number}", where="path.number")
