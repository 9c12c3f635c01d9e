"""Signing in and out of a browser, and fresh one-time links."""

from __future__ import annotations

import secrets
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Asking, Parts, answer
from rheostat_server.auth import tokens
from rheostat_server.auth.roles import Principal
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
    principal = _who(parts, body, now)
    if principal is None:
        parts.sign_ins.fail(place, now)
        raise refuse(
            401,
            "bad_sign_in",
            "this code or token is not valid, or no longer",
            suggestion="run `rheostat open` on the server's machine for a fresh link",
        )
    secret = secrets.token_urlsafe(32)
    lifetime = parts.settings.session_days * 86_400
    token = tokens.Token(
        tokens.digest_of(secret), "session", principal.role, principal.name, now, now + lifetime
    )
    await parts.write(lambda c: tokens.keep(c, token))
    parts.tokens.add(token)
    response = answer(_info(parts, principal))
    response.set_cookie(
        parts.cookie,
        secret,
        max_age=int(lifetime),
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
        parts.tokens.drop(asking.digest)
        parts.hub.sign_out(asking.digest)
        await parts.write(lambda c: tokens.forget(c, asking.digest))
    response = Response(status_code=204)
    response.delete_cookie(parts.cookie, path="/", httponly=True, samesite="strict")
    return response


@router.post("/links", response_model=SessionLink)
async def link(parts: Parts) -> Response:
    """Make a fresh one-time link that signs a browser in."""
    code = parts.codes.mint(parts.clock())
    return answer(
        SessionLink(code=code, url=f"{parts.url}/?code={code}", minutes=parts.settings.code_minutes)
    )


def _who(parts: Dashboard, body: SessionRequest, now: float) -> Principal | None:
    if (body.code is None) == (body.token is None):
        raise refuse(422, "invalid", "expected either code or token, and not both", where="body")
    if body.code is not None:
        return Principal("admin", "owner", "", "cookie") if parts.codes.redeem(body.code, now) else None
    found = parts.tokens.who(body.token or "", "bearer", now)
    return None if found is None or found.role == "agent" else replace(found, via="cookie")


def _info(parts: Dashboard, principal: Principal) -> SessionInfo:
    assert principal.role != "agent"
    return SessionInfo(role=principal.role, name=principal.name, version=parts.version)
