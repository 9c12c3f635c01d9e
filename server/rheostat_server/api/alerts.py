"""Alerts: listed, acknowledged, cleared, and a test of the webhooks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Asking, Parts, RunEntry, answer
from rheostat_server.auth.roles import sees
from rheostat_server.errors import refuse
from rheostat_server.models import Alert, AlertEdit, AlertList, WebhookResult, WebhookResults
from rheostat_server.store import alerts as store

router = APIRouter(prefix="/api", tags=["alerts"], responses=ERRORS)

Number = Annotated[int, Path(ge=1, lt=1 << 53)]


@router.get("/alerts", response_model=AlertList)
def alerts(parts: Parts, asking: Asking, open: bool = False) -> Response:
    """The alerts of all runs within reach, newest first; ``open``: those not cleared."""
    found = parts.read(lambda c: store.list_of(c, None, only_open=open))
    return answer(AlertList(alerts=[a for a in found if sees(asking, a.run, parts.project_of(a.run))]))


@router.post("/alerts/test", response_model=WebhookResults)
async def test(parts: Parts) -> Response:
    """Send a test message to every webhook, and say what became of it."""
    results = [WebhookResult(host=host, problem=problem) for host, problem in await parts.alerts.test()]
    return answer(WebhookResults(results=results))


@router.get("/runs/{run}/alerts", response_model=AlertList)
def of_run(entry: RunEntry, parts: Parts, open: bool = False) -> Response:
    """The alerts of one run, newest first."""
    return answer(AlertList(alerts=parts.read(lambda c: store.list_of(c, entry.hello.run, only_open=open))))


@router.patch("/runs/{run}/alerts/{alert}", response_model=Alert)
async def edit(alert: Number, body: AlertEdit, entry: RunEntry, parts: Parts, asking: Asking) -> Response:
    """Say that an alert was seen, or clear it. The first to say so is noted."""
    run, now = entry.hello.run, parts.clock()
    found = await parts.write(lambda c: store.mark(c, run, alert, state=body.state, by=asking.name, now=now))
    if found is None:
        raise refuse(404, "not_found", f"run {run!r} has no alert {alert}", where="path.alert")
    await parts.alerts.told(found)
    return answer(found)
