"""What every endpoint needs: the running dashboard, who asks, and answers that are encoded once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.responses import Response

from rheostat_server.auth.roles import Principal
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import refuse
from rheostat_server.live.entry import Entry
from rheostat_server.models import ErrorBody
from rheostat_server.store.audit import Actor

__all__ = ["ERRORS", "Acting", "Asking", "Parts", "RunEntry", "answer"]

ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "What was wrong."},
    "5XX": {"model": ErrorBody, "description": "What the server could not do."},
    422: {"model": ErrorBody, "description": "The request does not fit."},
}


# These look things up in memory: as plain functions each would be run in a thread of its own.


async def dashboard_of(connection: HTTPConnection) -> Dashboard:
    """The dashboard of the app that serves this connection."""
    dashboard: Dashboard = connection.app.state.dashboard
    return dashboard


async def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks. Only for routes that the gate lets nobody through to without a sign-in."""
    principal: Principal = connection.state.principal
    return principal


async def actor_of(connection: HTTPConnection) -> Actor:
    """Who asks and from where, for the audit log."""
    principal = await principal_of(connection)
    address = "" if connection.client is None else connection.client.host
    return Actor(principal.name, principal.role, address)


async def entry_of(run: str, request: Request) -> Entry:
    """The run named in the path; 404 if there is none."""
    found = (await dashboard_of(request)).book.get(run)
    if found is None:
        raise refuse(404, "not_found", f"there is no run {run!r}", where="path.run")
    return found


Parts = Annotated[Dashboard, Depends(dashboard_of)]
Acting = Annotated[Actor, Depends(actor_of)]
Asking = Annotated[Principal, Depends(principal_of)]
RunEntry = Annotated[Entry, Depends(entry_of)]


def answer(model: BaseModel, status: int = 200) -> Response:
    """A model as the answer: it came from our own code, so it is not validated a second time."""
    headers = {"Cache-Control": "no-store"}
    return Response(model.model_dump_json(), status, headers, "application/json")
