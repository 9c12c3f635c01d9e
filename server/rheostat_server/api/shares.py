"""Links that show one run, read-only, to whoever has them."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Acting, Parts, RunEntry, answer
from rheostat_server.auth.tokens import Token, digest_of, forget, keep
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import refuse
from rheostat_server.models import Share, ShareList, ShareMade, ShareRequest
from rheostat_server.store.audit import note

router = APIRouter(prefix="/api/runs/{run}/shares", tags=["shares"], responses=ERRORS)

_DAY = 86_400.0
_CONNECTIONS = 100
"""Sockets that everybody who came through one link may hold together."""


@router.get("", response_model=ShareList)
async def shares(entry: RunEntry, parts: Parts) -> Response:
    """The links to this run that are good now."""
    return answer(ShareList(shares=[_share(token) for token in _of(parts, entry.hello.run)]))


@router.post("", response_model=ShareMade, status_code=201)
async def make(body: ShareRequest, entry: RunEntry, parts: Parts, actor: Acting) -> Response:
    """Make a link. Its code is exchanged for a session that reaches this run and nothing else."""
    secret, now, run = secrets.token_urlsafe(24), parts.clock(), entry.hello.run
    token = Token(
        digest_of(secret),
        "share",
        "viewer",
        actor.name,
        now,
        now + body.days * _DAY,
        id=secrets.token_hex(4),
        run=run,
        connections=_CONNECTIONS,
    )

    def job(connection: Connection) -> None:
        keep(connection, token)
        note(connection, actor, now, "share.make", token.id, run=run, after={"days": body.days})

    await parts.write(job)
    parts.tokens.add(token)
    url = f"{parts.url}{parts.settings.root_path}/runs/{quote(run, safe='')}?code={secret}"
    return answer(ShareMade(url=url, share=_share(token)), 201)


@router.delete("/{share}", status_code=204)
async def revoke(share: str, entry: RunEntry, parts: Parts, actor: Acting) -> Response:
    """Revoke a link. The sessions that came through it end, and their sockets are closed."""
    found = next((token for token in _of(parts, entry.hello.run) if token.id == share), None)
    if found is None:
        raise refuse(404, "not_found", f"there is no link {share!r} to this run", where="path.share")
    now, run, before = parts.clock(), entry.hello.run, {"made_by": found.name}

    def job(connection: Connection) -> None:
        forget(connection, found.digest)
        note(connection, actor, now, "share.revoke", found.id, run=run, before=before)

    await parts.write(job)
    parts.revoke(found.digest)
    return Response(status_code=204)


def _of(parts: Dashboard, run: str) -> list[Token]:
    now = parts.clock()
    return [
        token
        for token in parts.tokens.all("share")
        if token.run == run and parts.tokens.holds(token.digest, now)
    ]


def _share(token: Token) -> Share:
    assert token.run is not None
    assert token.expires_at is not None
    return Share(
        id=token.id,
        run=token.run,
        made_by=token.name,
        created_at=token.created_at,
        expires_at=token.expires_at,
    )
