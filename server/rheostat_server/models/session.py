"""Who is looking, and whether the server is well."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

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
    project: str | None = Field(description="The one project this session reaches; null: all.")
    run: str | None = Field(description="The one run this session reaches, through a link that shares it.")


class SessionLink(Model):
    """A one-time link that signs a browser in, good for ``minutes``."""

    code: str
    url: str
    minutes: float


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Days = Annotated[float, Field(gt=0, le=3650)]


class TokenInfo(Model):
    """A token that an admin made, or one of the server's own two (``agent`` and ``admin``)."""

    id: str
    name: str
    role: Literal["agent", "viewer", "operator", "admin"]
    project: str | None
    created_at: float
    expires_at: float | None
    connections: int = Field(description="Sockets it may hold open.")
    open: int = Field(description="Sockets it holds open now.")


class TokenList(Model):
    """The tokens that are good now, oldest first; none of them in clear."""

    tokens: list[TokenInfo]


class TokenRequest(Model):
    """A token to make. An agent's needs a project; ``days`` null: it does not expire."""

    name: Name
    role: Literal["agent", "viewer", "operator", "admin"]
    project: Name | None = None
    days: Days | None = 365.0
    connections: int | None = Field(default=None, ge=1, le=10_000)


class TokenMade(Model):
    """A new token, in clear this once."""

    token: str
    info: TokenInfo


class ShareRequest(Model):
    """A link to make that shows one run to whoever has it."""

    days: Annotated[float, Field(gt=0, le=90)] = 7.0


class Share(Model):
    """A link that shares a run, without the link itself."""

    id: str
    run: str
    made_by: str
    created_at: float
    expires_at: float


class ShareMade(Model):
    """A new link, in clear this once."""

    url: str
    share: Share


class ShareList(Model):
    """The links to a run that are good now, oldest first."""

    shares: list[Share]


class Health(Model):
    """Whether the server can do its work."""

    status: Literal["ok", "failing"]
    version: str
    store: str
