"""Every route and who may use it. What is not in this table does not exist for anyone. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["RULES", "Access", "Match", "Principal", "Reach", "Role", "Rule", "find", "may", "reaches", "sees"]

Role = Literal["agent", "viewer", "operator", "admin"]
Access = Literal["public", "agent", "viewer", "operator", "admin"]
Reach = Literal["all", "project", "run"]
Via = Literal["bearer", "cookie"]

_RANK: dict[Access, int] = {"viewer": 1, "operator": 2, "admin": 3}
_WIDTH: dict[Reach, int] = {"run": 1, "project": 2, "all": 3}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, by which credential; ``digest`` is the hash of its token.

    ``project`` limits it to the runs of one project, ``run`` to one run. ``root`` is the digest of what it
    signed in with (its own without a sign-in), ``connections`` how many sockets all that came from there
    may hold.
    """

    role: Role
    name: str
    digest: str
    via: Via
    project: str | None = None
    run: str | None = None
    root: str = ""
    connections: int | None = None

    @property
    def reach(self) -> Reach:
        """How far the credential reaches."""
        return "run" if self.run is not None else "project" if self.project is not None else "all"


@dataclass(frozen=True, slots=True)
class Rule:
    """One route: method (``WS`` for a websocket), path as the app has it, and the least role.

    ``reach`` is the narrowest credential that passes: what says nothing is for those who reach everything.
    """

    method: str
    path: str
    access: Access
    reach: Reach = "all"


@dataclass(frozen=True, slots=True)
class Match:
    """What the table says of a request: its rule and the run its path names, or the methods it does take."""

    rule: Rule | None
    methods: tuple[str, ...]
    run: str | None = None


RULES: tuple[Rule, ...] = (
    Rule("GET", "/", "public"),
    Rule("GET", "/design", "public"),
    Rule("GET", "/settings", "public"),
    Rule("GET", "/runs", "public"),
    Rule("GET", "/runs/{run}", "public"),
    Rule("GET", "/compare", "public"),
    Rule("GET", "/assets/{path:path}", "public"),
    Rule("GET", "/healthz", "public"),
    Rule("GET", "/metrics", "viewer"),
    Rule("GET", "/openapi.json", "viewer"),
    Rule("POST", "/api/session", "public"),
    Rule("GET", "/api/session", "viewer", "run"),
    Rule("DELETE", "/api/session", "viewer", "run"),
    Rule("POST", "/api/session/links", "admin"),
    Rule("GET", "/api/tokens", "admin"),
    Rule("POST", "/api/tokens", "admin"),
    Rule("DELETE", "/api/tokens/{token}", "admin"),
    Rule("POST", "/api/tokens/{token}/rotate", "admin"),
    Rule("GET", "/api/audit", "admin"),
    Rule("GET", "/api/alerts", "viewer", "project"),
    Rule("POST", "/api/alerts/test", "admin"),
    Rule("POST", "/api/schedules/check", "viewer", "project"),
    Rule("POST", "/api/schedules/preview", "viewer", "project"),
    Rule("POST", "/api/schedules/diff", "viewer", "project"),
    Rule("POST", "/api/schedules/convert", "viewer", "project"),
    Rule("GET", "/api/schedules/language", "viewer", "project"),
    Rule("GET", "/api/schedules/presets", "viewer", "project"),
    Rule("GET", "/api/schedules/saved", "viewer"),
    Rule("GET", "/api/schedules/saved/{name}", "viewer"),
    Rule("PUT", "/api/schedules/saved/{name}", "operator"),
    Rule("GET", "/api/runs", "viewer", "run"),
    Rule("POST", "/api/runs/import", "operator"),
    Rule("GET", "/api/compare", "viewer"),
    Rule("GET", "/api/runs/{run}", "viewer", "run"),
    Rule("PATCH", "/api/runs/{run}", "operator", "project"),
    Rule("DELETE", "/api/runs/{run}", "admin", "project"),
    Rule("GET", "/api/runs/{run}/series", "viewer", "run"),
    Rule("GET", "/api/runs/{run}/plan", "viewer", "run"),
    Rule("GET", "/api/runs/{run}/export", "viewer", "run"),
    Rule("GET", "/api/runs/{run}/schedule", "viewer", "run"),
    Rule("GET", "/api/runs/{run}/annotations", "viewer", "run"),
    Rule("POST", "/api/runs/{run}/annotations", "operator", "project"),
    Rule("PATCH", "/api/runs/{run}/annotations/{number}", "operator", "project"),
    Rule("DELETE", "/api/runs/{run}/annotations/{number}", "operator", "project"),
    Rule("GET", "/api/runs/{run}/commands", "viewer", "run"),
    Rule("POST", "/api/runs/{run}/commands", "operator", "project"),
    Rule("POST", "/api/runs/{run}/commands/preview", "viewer", "project"),
    Rule("GET", "/api/runs/{run}/alerts", "viewer", "run"),
    Rule("PATCH", "/api/runs/{run}/alerts/{alert}", "operator", "project"),
    Rule("GET", "/api/runs/{run}/shares", "operator", "project"),
    Rule("POST", "/api/runs/{run}/shares", "operator", "project"),
    Rule("DELETE", "/api/runs/{run}/shares/{share}", "operator", "project"),
    Rule("WS", "/ws/agent", "agent", "project"),
    Rule("WS", "/ws/live", "viewer", "run"),
)


def may(role: Role, access: Access) -> bool:
    """Whether ``role`` reaches what needs ``access``. An agent reaches its own socket and nothing else."""
    if access == "public":
        return True
    if access == "agent" or role == "agent":
        return access == role
    return _RANK[role] >= _RANK[access]


def reaches(principal: Principal, reach: Reach) -> bool:
    """Whether a credential is wide enough for what takes ``reach`` and wider."""
    return _WIDTH[principal.reach] >= _WIDTH[reach]


def sees(principal: Principal, run: str, project: str | None) -> bool:
    """Whether ``run``, of ``project`` (None: there is no such run), is within the credential's reach."""
    if principal.run is not None:
        return run == principal.run
    return principal.project is None or project == principal.project


def find(method: str, path: str) -> Match:
    """Look a request up; HEAD counts as GET."""
    wanted = "GET" if method == "HEAD" else method
    fitting = [(rule, found) for rule, pattern in _PATTERNS if (found := pattern.fullmatch(path))]
    # A fixed path stands before one with a placeholder, as in the app's own routing.
    fitting.sort(key=lambda pair: "{" in pair[0].path)
    methods = tuple(rule.method for rule, _ in fitting if rule.method != "WS")
    for rule, found in fitting:
        if rule.method == wanted:
            return Match(rule, methods, found.groupdict().get("run"))
    return Match(None, methods)


def _pattern(path: str) -> re.Pattern[str]:
    escaped = re.escape(path).replace(r"\{path:path\}", ".+")
    named = escaped.replace(r"\{run\}", "(?P<run>[^/]+)")
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", named))


_PATTERNS = tuple((rule, _pattern(rule.path)) for rule in RULES)
