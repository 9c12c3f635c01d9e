"""The gate: every request and websocket passes it before the app sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rheostat_server.auth.decide import Facts, Refusal, decide, host_allowed
from rheostat_server.auth.roles import Principal, Via, find
from rheostat_server.errors import error_response, plain_problem
from rheostat_server.models import Problem

__all__ = ["MAX_BODY", "Gate", "Policy"]

MAX_BODY = 1 << 20
BODY_S = 30.0
"""How long a request's body may take to come."""

_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

Identify = Callable[[str, Via], Principal | None]
Recognise = Callable[[str, str | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate goes by; ``identify`` says who has a token, ``project_of`` which project a run is of.

    ``recognise`` is asked first, where a token, or the run of the path, may be known to another server and
    not yet to this one.
    """

    identify: Identify
    project_of: Callable[[str], str | None]
    recognise: Recognise | None
    cookie: str
    hosts: Collection[str]
    origins: Collection[str]
    any_address: bool
    root_path: str


class Gate:
    """ASGI middleware: host, route table, credentials, origin, size, and the headers of every answer.

    ``lost`` makes the page for a person who follows a link to nowhere; programs get the JSON shape.
    """

    def __init__(self, app: ASGIApp, policy: Callable[[], Policy], lost: Callable[[], Response]) -> None:
        self._app = app
        self._policy = policy
        self._lost = lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with ``state.principal`` set, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        policy = self._policy()
        headers = Headers(scope=scope)
        method = "WS" if scope["type"] == "websocket" else str(scope["method"])
        # The app knows nothing of a prefix, whether the proxy leaves it in the path or not.
        scope = {**scope, "path": _route_path(scope, policy.root_path)}
        secret = _secret(policy, headers)
        if policy.recognise is not None and secret is not None:
            await policy.recognise(secret[0], find(method, scope["path"]).run)
        refusal, extra, principal = _judge(policy, headers, method, scope["path"])
        if refusal is not None and refusal.status == 404 and _is_person(method, headers, scope["path"]):
            await self._lost()(scope, receive, send)
            return
        if refusal is not None:
            await _refuse(scope, receive, send, refusal, extra)
            return
        scope.setdefault("state", {})["principal"] = principal
        if scope["type"] == "http":
            receive = _limited(receive)
        await self._app(scope, receive, send)


def _judge(
    policy: Policy, headers: Headers, method: str, path: str
) -> tuple[Refusal | None, dict[str, str], Principal | None]:
    hosts = headers.getlist("host")
    host = hosts[0] if len(hosts) == 1 else ""
    if not host_allowed(host, policy.hosts, any_address=policy.any_address):
        problem = Problem(
            code="bad_host",
            message=f"this server does not answer to the name {host[:200]!r}",
            suggestion="name it in RHEOSTAT_ALLOWED_HOSTS if it should",
        )
        return Refusal(400, problem), {}, None
    match = find(method, path)
    if match.rule is None:
        status = 405 if match.methods and method != "WS" else 404
        extra = {"Allow": ", ".join(match.methods)} if status == 405 else {}
        return Refusal(status, plain_problem(status, where=path[:200])), extra, None
    principal = _who(policy, headers)
    length = headers.get("content-length", "0")
    facts = Facts(
        method=method,
        host=host,
        origin=headers.get("origin"),
        content_type=headers.get("content-type", ""),
        marked=headers.get("x-rheostat") == "1",
        body=length != "0" or "transfer-encoding" in headers,
        run=match.run,
        project=None if match.run is None else policy.project_of(match.run),
    )
    refusal = decide(match.rule, principal, facts, policy.origins)
    if refusal is None and length.isdigit() and int(length) > MAX_BODY:
        refusal = _too_large()
    extra = {"WWW-Authenticate": "Bearer"} if refusal is not None and refusal.status == 401 else {}
    return refusal, extra, principal


def _who(policy: Policy, headers: Headers) -> Principal | None:
    secret = _secret(policy, headers)
    return None if secret is None else policy.identify(*secret)


def _secret(policy: Policy, headers: Headers) -> tuple[str, Via] | None:
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        return secret.strip(), "bearer"
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return None
    found = cookies.get(policy.cookie)
    return None if found is None else (found.value, "cookie")


def _is_person(method: str, headers: Headers, path: str) -> bool:
    pages = not path.startswith(("/api/", "/assets/", "/ws/"))
    return method == "GET" and pages and "text/html" in headers.get("accept", "")


def _route_path(scope: Scope, root_path: str) -> str:
    path = str(scope["path"])
    if root_path and (path == root_path or path.startswith(root_path + "/")):
        return path[len(root_path) :] or "/"
    return path


async def _refuse(
    scope: Scope, receive: Receive, send: Send, refusal: Refusal, extra: dict[str, str]
) -> None:
    response = error_response(refusal.status, refusal.problem, extra)
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.problem.code})
        return
    # Starlette's Response sends the websocket form of itself in a websocket scope.
    await response(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return wrapped


def _limited(receive: Receive) -> Receive:
    seen = 0
    coming = True
    until = asyncio.get_running_loop().time() + BODY_S

    async def wrapped() -> Message:
        nonlocal seen, coming
        if not coming:
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message: dict[str, Any] = dict(await receive())
        except TimeoutError:
            raise HTTPException(408) from None
        seen += len(message.get("body", b""))
        coming = bool(message.get("more_body", False))
        if seen > MAX_BODY:
            raise HTTPException(413)
        return message

    return wrapped


def _too_large() -> Refusal:
    problem = Problem(
        code="too_large", message="the request is too large", expected=f"at most {MAX_BODY} bytes"
    )
    return Refusal(413, problem)
