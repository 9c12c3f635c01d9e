"""Tokens: made, listed, replaced, revoked, by an admin."""

from __future__ import annotations

import secrets
from dataclasses import replace

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Acting, Parts, answer
from rheostat_server.auth.tokens import Token, digest_of, forget, keep, replace_secret
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import ApiError, refuse
from rheostat_server.models import TokenInfo, TokenList, TokenMade, TokenRequest
from rheostat_server.store.audit import note

router = APIRouter(prefix="/api/tokens", tags=["tokens"], responses=ERRORS)

_DAY = 86_400.0


@router.get("", response_model=TokenList)
async def tokens(parts: Parts) -> Response:
    """The tokens that are good now."""
    found = [
        token
        for token in parts.tokens.all("file", "token")
        if parts.tokens.holds(token.digest, parts.clock())
    ]
    return answer(TokenList(tokens=[_info(parts, token) for token in found]))


@router.post("", response_model=TokenMade, status_code=201)
async def make(body: TokenRequest, parts: Parts, actor: Acting) -> Response:
    """Make a token. It is shown in this answer and never again."""
    if body.role == "agent" and body.project is None:
        raise refuse(
            422,
            "project_missing",
            "an agent's token is for one project",
            where="body.project",
            expected="the name of the project its jobs write",
        )
    if body.role == "admin" and body.project is not None:
        raise refuse(
            422, "admin_of_one", "an admin reaches every project", where="body.project", expected="null"
        )
    secret, now = secrets.token_urlsafe(32), parts.clock()
    token = Token(
        digest_of(secret),
        "token",
        body.role,
        body.name,
        now,
        None if body.days is None else now + body.days * _DAY,
        id=secrets.token_hex(4),
        project=body.project,
        connections=body.connections,
    )
    made = body.model_dump(mode="json")

    def job(connection: Connection) -> None:
        keep(connection, token)
        note(connection, actor, now, "token.make", token.id, after=made)

    await parts.write(job)
    parts.tokens.add(token)
    return answer(TokenMade(token=secret, info=_info(parts, token)), 201)


@router.delete("/{token}", status_code=204)
async def revoke(token: str, parts: Parts, actor: Acting) -> Response:
    """Revoke a token. The sessions that came from it end, and all their sockets are closed."""
    found = _find(parts, token)
    now, before = parts.clock(), _about(found)

    def job(connection: Connection) -> None:
        forget(connection, found.digest)
        note(connection, actor, now, "token.revoke", found.id, before=before)

    await parts.write(job)
    parts.revoke(found.digest)
    return Response(status_code=204)


@router.post("/{token}/rotate", response_model=TokenMade)
async def rotate(token: str, parts: Parts, actor: Acting) -> Response:
    """Replace a token's secret; the old one is void at once."""
    found = _find(parts, token)
    secret = secrets.token_urlsafe(32)
    fresh = replace(found, digest=digest_of(secret))
    now, about = parts.clock(), _about(found)

    def job(connection: Connection) -> None:
        replace_secret(connection, found.digest, fresh.digest)
        note(connection, actor, now, "token.rotate", found.id, before=about, after=about)

    await parts.write(job)
    parts.revoke(found.digest)
    parts.tokens.add(fresh)
    return answer(TokenMade(token=secret, info=_info(parts, fresh)))


def _about(token: Token) -> dict[str, object]:
    return {"name": token.name, "role": token.role, "project": token.project}


def _find(parts: Dashboard, name: str) -> Token:
    found = next((token for token in parts.tokens.all("file", "token") if token.id == name), None)
    if found is None:
        raise refuse(404, "not_found", f"there is no token {name!r}", where="path.token")
    if found.kind == "file":
        raise _own(found)
    return found


def _own(token: Token) -> ApiError:
    return refuse(
        409,
        "own_token",
        f"the server's own {token.role} token is in a file of its data folder",
        where="path.token",
        suggestion=f"delete {token.role}.token there and start the server anew to replace it",
    )


def _info(parts: Dashboard, token: Token) -> TokenInfo:
    most = token.principal("bearer").connections or parts.settings.connections_per_token
    return TokenInfo(
        id=token.id,
        name=token.name,
        role=token.role,
        project=token.project,
        created_at=token.created_at,
        expires_at=token.expires_at,
        connections=most,
        open=parts.sockets.count(token.digest),
    )
