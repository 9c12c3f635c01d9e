"""Whether the server can do its work."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from starlette.responses import Response

from rheostat_server.api.parts import Parts, answer
from rheostat_server.models import Health
from rheostat_server.store.database import StoreError

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Health)
def health(parts: Parts) -> Response:
    """200 if the store can be read and the last write was stored, else 503."""
    problem = parts.writer.problem
    try:
        parts.read(lambda c: c.execute(text("SELECT 1")).one())
    except StoreError as error:
        problem = str(error)
    if problem:
        return answer(Health(status="failing", version=parts.version, store=problem), 503)
    return answer(Health(status="ok", version=parts.version, store="ok"))
