"""The audit log, for an admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Parts, answer
from rheostat_server.models import AuditLog
from rheostat_server.store import audit as store

router = APIRouter(prefix="/api/audit", tags=["audit"], responses=ERRORS)


@router.get("", response_model=AuditLog)
def audit(
    parts: Parts,
    run: Annotated[str | None, Query(max_length=200)] = None,
    before: Annotated[int | None, Query(ge=1, lt=1 << 53)] = None,
) -> Response:
    """Who changed tokens, links and runs, and whose commands were refused as stale: newest first.

    A thousand at most; ``before`` goes on below an id.
    """
    return answer(AuditLog(entries=parts.read(lambda c: store.list_of(c, run, before))))
