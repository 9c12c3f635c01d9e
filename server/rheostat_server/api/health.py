"""Whether the server can do its work, and its figures."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response

from rheostat_server.api.parts import Parts, answer
from rheostat_server.metrics import exposed
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


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(parts: Parts, request: Request) -> Response:
    """The server's figures for Prometheus, which sends a viewer's token as its bearer token."""
    body, kind = exposed(parts, request.headers.get("Accept", ""))
    return Response(body, headers={"Cache-Control": "no-store", "Content-Type": kind})
