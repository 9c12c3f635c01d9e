"""Files of other tools as runs."""

from __future__ import annotations

import binascii
from base64 import b64decode

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Asking, Parts, answer
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import refuse
from rheostat_server.imports.found import ImportFileError
from rheostat_server.imports.keep import hello_of, keep
from rheostat_server.imports.read import read
from rheostat_server.models import ImportAnswer, ImportRequest
from rheostat_server.store import uploads
from rheostat_server.store.runs import RunRow

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=ERRORS)


@router.post(
    "/import",
    response_model=ImportAnswer,
    status_code=201,
    responses={202: {"model": ImportAnswer, "description": "A piece was taken; others are missing."}},
)
async def import_file(body: ImportRequest, parts: Parts, asking: Asking) -> Response:
    """Read a file as runs that have ended: all of them are stored, or none.

    TensorBoard's event files, databases and CSV of trackio, CSV of wandb and of our own, and transformers'
    trainer_state.json. 202 while pieces are missing.
    """
    if body.piece >= body.pieces:
        raise refuse(422, "invalid", f"there is no piece {body.piece} of {body.pieces}", where="body.piece")
    try:
        content = b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise refuse(422, "not_base64", "the content is not base64", where="body.content") from None
    now = parts.clock()
    try:
        data = await _taken(parts, asking.digest, body, content, now)
        if data is None:
            return answer(ImportAnswer(tool="", runs=[]), 202)
        tool, found = await run_in_threadpool(read, data, body.file)
    except (uploads.UploadError, ImportFileError) as error:
        raise refuse(422, "bad_file", str(error), where="body.content") from None
    names = [one.name if body.name is None else body.name for one in found]
    if body.name is not None and len(found) > 1:
        names = [f"{body.name} {one.name}"[:200] for one in found]
    hellos = [
        hello_of(one, tool=tool, file=body.file, project=body.project, name=name, now=now)
        for one, name in zip(found, names, strict=True)
    ]

    def job(connection: Connection) -> list[RunRow]:
        return [
            keep(connection, parts.ledger, hello, one, now) for hello, one in zip(hellos, found, strict=True)
        ]

    rows = await parts.write(job)
    return answer(
        ImportAnswer.model_construct(tool=tool, runs=[_shown(parts, row, now) for row in rows]), 201
    )


async def _taken(
    parts: Dashboard, owner: str, body: ImportRequest, content: bytes, now: float
) -> bytes | None:
    def job(connection: Connection) -> bytes | uploads.UploadError | None:
        try:
            return uploads.take(
                connection, owner, body.upload, content, piece=body.piece, pieces=body.pieces, now=now
            )
        except uploads.UploadError as error:
            # Handed out rather than raised: nothing is wrong with the other jobs of this commit.
            return error

    found = await parts.write(job)
    if isinstance(found, uploads.UploadError):
        raise found
    return found


def _shown(parts: Dashboard, row: RunRow, now: float) -> object:
    entry = parts.book.imported(row)
    parts.leases.restore(row.id, row.attempts[-1].id, row.attempts[-1].restart)
    parts.hub.changed(row.id)
    return parts.book.summary(entry, now)
