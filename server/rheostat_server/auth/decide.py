"""Whether a request may pass, from plain facts about it. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from rheostat_server.auth.roles import Principal, Rule, may, reaches, sees
from rheostat_server.models import Problem

__all__ = ["Facts", "Refusal", "decide", "host_allowed", "host_name", "origin_allowed"]

SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a request matters.

    ``method`` is ``WS`` for a websocket; ``run`` the run its path names, of ``project`` (None: no such run).
    """

    method: str
    host: str
    origin: str | None
    content_type: str
    marked: bool
    body: bool
    run: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status to refuse with, and why."""

    status: int
    problem: Problem


def host_name(host: str) -> str:
    """The name in a ``Host`` header, lower case, without port and brackets."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if ":" in name else name


def host_allowed(host: str, names: Collection[str], *, any_address: bool) -> bool:
    """Whether ``Host`` names this server.

    A page of an attacker whose name was pointed at this machine carries the attacker's name here.
    ``any_address`` lets every numeric address pass, which no such page can have.
    """
    name = host_name(host)
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return any_address


def origin_allowed(origin: str, host: str, origins: Collection[str]) -> bool:
    """Whether a page of ``origin`` is one of ours: same host and port, or named in the settings."""
    if origin in origins:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.strip().lower()


def decide(rule: Rule, principal: Principal | None, facts: Facts, origins: Collection[str]) -> Refusal | None:
    """None if the request may pass, else how to refuse it. The host has been checked before."""
    foreign = facts.origin is not None and not origin_allowed(facts.origin, facts.host, origins)
    if foreign and (facts.method == "WS" or facts.method not in SAFE):
        return _no(
            403,
            "foreign_origin",
            f"a page of {facts.origin} may not do this",
            "name it in RHEOSTAT_ALLOWED_ORIGINS if it should",
        )
    if rule.access != "public":
        if principal is None:
            return _no(
                401,
                "not_signed_in",
                "this needs a sign-in or a token",
                "run `rheostat open` on the server's machine",
            )
        if not may(principal.role, rule.access):
            return _no(403, "forbidden", f"this needs the role {rule.access}, you are {principal.role}")
        if (refusal := _reach(rule, principal, facts)) is not None:
            return refusal
    if facts.method == "WS":
        return _websocket(principal, facts)
    return _unsafe(principal, facts)


def _reach(rule: Rule, principal: Principal, facts: Facts) -> Refusal | None:
    limit = f"run {principal.run!r}" if principal.run is not None else f"project {principal.project!r}"
    if not reaches(principal, rule.reach):
        return _no(403, "out_of_reach", f"what you signed in with is limited to {limit}")
    # A run that does not exist is refused in the same words, so that nobody learns which do.
    if facts.run is not None and not sees(principal, facts.run, facts.project):
        return _no(403, "out_of_reach", f"what you signed in with is limited to {limit}, not {facts.run!r}")
    return None


def _websocket(principal: Principal | None, facts: Facts) -> Refusal | None:
    # Websockets have no same-origin policy: a cookie alone proves nothing about the page.
    if facts.origin is None and principal is not None and principal.via == "cookie":
        return _no(403, "no_origin", "a websocket with a cookie needs the header Origin")
    return None


def _unsafe(principal: Principal | None, facts: Facts) -> Refusal | None:
    if facts.method in SAFE:
        return None
    if principal is not None and principal.via == "cookie" and not facts.marked:
        return _no(403, "not_marked", "a change made with a cookie needs the header X-Rheostat: 1")
    if facts.body and facts.content_type.partition(";")[0].strip().lower() != "application/json":
        return _no(415, "not_json", "expected a body of type application/json")
    return None


def _no(status: int, code: str, message: str, suggestion: str = "") -> Refusal:
    return Refusal(status, Problem(code=code, message=message, suggestion=suggestion))
