"""Every route and who may use it. What is not in this table does not exist for anyone. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["RULES", "Access", "Match", "Principal", "Role", "Rule", "find", "may"]

Role = Literal["agent", "viewer", "operator", "admin"]
Access = Literal["public", "agent", "viewer", "operator", "admin"]
Via = Literal["bearer", "cookie"]

_RANK: dict[Access, int] = {"viewer": 1, "operator": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, by which credential; ``digest`` is the hash of its token."""

    role: Role
    name: str
    digest: str
    via: Via


@dataclass(frozen=True, slots=True)
class Rule:
    """One route: method (``WS`` for a websocket), path as the app has it, and the least role."""

    method: str
    path: str
    access: Access


@dataclass(frozen=True, slots=True)
class Match:
    """What the table says of a request: its rule, or which methods the path takes instead."""

    rule: Rule | None
    methods: tuple[str, ...]


RULES: tuple[Rule, ...] = (
    Rule("GET", "/", "public"),
    Rule("GET", "/design", "public"),
    Rule("GET", "/runs", "public"),
    Rule("GET", "/runs/{run}", "public"),
    Rule("GET", "/assets/{path:path}", "public"),
    Rule("GET", "/healthz", "public"),
    Rule("GET", "/metrics", "viewer"),
    Rule("GET", "/openapi.json", "viewer"),
    Rule("POST", "/api/session", "public"),
    Rule("GET", "/api/session", "viewer"),
    Rule("DELETE", "/api/session", "viewer"),
    Rule("POST", "/api/session/links", "admin"),
    Rule("POST", "/api/schedules/check", "viewer"),
    Rule("POST", "/api/schedules/preview", "viewer"),
    Rule("POST", "/api/schedules/diff", "viewer"),
    Rule("GET", "/api/schedules/language", "viewer"),
    Rule("GET", "/api/schedules/presets", "viewer"),
    Rule("GET", "/api/schedules/saved", "viewer"),
    Rule("GET", "/api/schedules/saved/{name}", "viewer"),
    Rule("PUT", "/api/schedules/saved/{name}", "operator"),
    Rule("GET", "/api/runs", "viewer"),
    Rule("POST", "/api/runs/import", "operator"),
    Rule("GET", "/api/compare", "viewer"),
    Rule("GET", "/api/runs/{run}", "viewer"),
    Rule("PATCH", "/api/runs/{run}", "operator"),
    Rule("DELETE", "/api/runs/{run}", "admin"),
    Rule("GET", "/api/runs/{run}/series", "viewer"),
    Rule("GET", "/api/runs/{run}/plan", "viewer"),
    Rule("GET", "/api/runs/{run}/export", "viewer"),
    Rule("GET", "/api/runs/{run}/schedule", "viewer"),
    Rule("GET", "/api/runs/{run}/annotations", "viewer"),
    Rule("POST", "/api/runs/{run}/annotations", "operator"),
    Rule("PATCH", "/api/runs/{run}/annotations/{number}", "operator"),
    Rule("DELETE", "/api/runs/{run}/annotations/{number}", "operator"),
    Rule("GET", "/api/runs/{run}/commands", "viewer"),
    Rule("POST", "/api/runs/{run}/commands", "operator"),
    Rule("POST", "/api/runs/{run}/commands/preview", "viewer"),
    Rule("WS", "/ws/agent", "agent"),
    Rule("WS", "/ws/live", "viewer"),
)


def may(role: Role, access: Access) -> bool:
    """Whether ``role`` reaches what needs ``access``. An agent reaches its own socket and nothing else."""
    if access == "public":
        return True
    if access == "agent" or role == "agent":
        return access == role
    return _RANK[role] >= _RANK[access]


def find(method: str, path: str) -> Match:
    """Look a request up; HEAD counts as GET."""
    wanted = "GET" if method == "HEAD" else method
    fitting = [rule for rule, pattern in _PATTERNS if pattern.fullmatch(path)]
    # A fixed path stands before one with a placeholder, as in the app's own routing.
    fitting.sort(key=lambda rule: "{" in rule.path)
    rule = next((rule for rule in fitting if rule.method == wanted), None)
    return Match(rule, tuple(rule.method for rule in fitting if rule.method != "WS"))


def _pattern(path: str) -> re.Pattern[str]:
    escaped = re.escape(path).replace(r"\{path:path\}", ".+")
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", escaped))


_PATTERNS = tuple((rule, _pattern(rule.path)) for rule in RULES)
