"""Signing in and out of a browser, and fresh one-time links."""

from __future__ import annotations

import secrets
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Asking, Parts, answer
from rheostat_server.auth import tokens
from rheostat_server.auth.roles import Principal, sees
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import ApiError, refuse
from rheostat_server.models import Problem, SessionInfo, SessionLink, SessionRequest

router = APIRouter(prefix="/api/session", tags=["session"], responses=ERRORS)


@router.post("", response_model=SessionInfo)
async def sign_in(request: Request, body: SessionRequest, parts: Parts) -> Response:
    """Exchange a one-time code or a token for a cookie."""
    now = parts.clock()
    place = request.client.host if request.client else ""
    wait = parts.sign_ins.wait(place, now)
    if wait > 0:
        problem = Problem(code="too_many", message=f"too many failed sign-ins; try again in {wait:.0f} s")
        raise ApiError(429, problem, {"Retry-After": f"{wait:.0f}"})
    proof = await _proof(parts, body, now)
    if proof is None:
        parts.sign_ins.fail(place, now)
        raise refuse(
            401,
            "bad_sign_in",
            "this code or token is not valid, or no longer",
            suggestion="run `rheostat open` on the server's machine for a fresh link",
        )
    asking: Principal | None = request.state.principal
    if proof.run is not None and asking is not None and _wider(parts, asking, proof.run):
        # A link that shares a run takes nothing from someone who is signed in already.
        return answer(_info(parts, asking))
    secret = secrets.token_urlsafe(32)
    until = now + parts.settings.session_days * 86_400
    if proof.expires_at is not None:
        until = min(until, proof.expires_at)
    token = replace(
        proof, digest=tokens.digest_of(secret), kind="session", created_at=now, expires_at=until, id=""
    )
    await parts.write(lambda c: tokens.keep(c, token))
    parts.tokens.add(token)
    response = answer(_info(parts, token.principal("cookie")))
    response.set_cookie(
        parts.cookie,
        secret,
        max_age=int(until - now),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.get("", response_model=SessionInfo)
async def who(parts: Parts, asking: Asking) -> Response:
    """Who is looking."""
    return answer(_info(parts, asking))


@router.delete("", status_code=204, response_model=None)
async def sign_out(parts: Parts, asking: Asking) -> Response:
    """End this session; its live sockets close."""
    if asking.via == "cookie":
        parts.revoke(asking.digest)
        await parts.write(lambda c: tokens.forget(c, asking.digest))
    response = Response(status_code=204)
    response.delete_cookie(parts.cookie, path="/", httponly=True, samesite="strict")
    return response


@router.post("/links", response_model=SessionLink)
async def link(parts: Parts) -> Response:
    """Make a fresh one-time link that signs a browser in."""
    code = await run_in_threadpool(parts.codes.mint, parts.clock())
    return answer(
        SessionLink(code=code, url=f"{parts.url}/?code={code}", minutes=parts.settings.code_minutes)
    )


async def _proof(parts: Dashboard, body: SessionRequest, now: float) -> tokens.Token | None:
    """What the new session is made of: its role, its reach, its parent and its end at the latest."""
    if (body.code is None) == (body.token is None):
        raise refuse(422, "invalid", "expected either code or token, and not both", where="body")
    if body.code is not None:
        if await run_in_threadpool(parts.codes.redeem, body.code, now):
            return tokens.Token("", "session", "admin", "owner", now, None)
        await parts.recognise(body.code)
        found = parts.tokens.look_up(body.code, now, "share")
    else:
        await parts.recognise(body.token or "")
        found = parts.tokens.look_up(body.token or "", now, "file", "token")
    if found is None or found.role == "agent":
        return None
    name = "guest" if found.kind == "share" else found.name
    return replace(found, parent=found.digest, name=name)


def _wider(parts: Dashboard, asking: Principal, run: str) -> bool:
    return asking.run is None and asking.role != "agent" and sees(asking, run, parts.project_of(run))


def _info(parts: Dashboard, principal: Principal) -> SessionInfo:
    assert principal.role != "agent"
    return SessionInfo(
        role=principal.role,
        name=principal.name,
        version=parts.version,
        project=principal.project,
        run=principal.run,
    )
