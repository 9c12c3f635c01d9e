"""Who is looking, and whether the server is well."""

from __future__ import annotations

from typing import Literal

from rheostat_server.models.errors import Model


class SessionRequest(Model):
    """Sign in a browser with a one-time code from a start-up link, or with a token."""

    code: str | None = None
    token: str | None = None


class SessionInfo(Model):
    """Who is looking: viewer watches, operator turns the dial, admin manages."""

    role: Literal["viewer", "operator", "admin"]
    name: str
    version: str


class SessionLink(Model):
    """A one-time link that signs a browser in, good for ``minutes``."""

    code: str
    url: str
    minutes: float


class Health(Model):
    """Whether the server can do its work."""

    status: Literal["ok", "failing"]
    version: str
    store: str
