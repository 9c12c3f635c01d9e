"""One-time codes that every server of several redeems: in the database, digests only."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine, delete

from rheostat_server.auth.tokens import Token, digest_of, keep
from rheostat_server.store.schema import tokens

__all__ = ["SharedCodes"]


class SharedCodes:
    """As `Codes`, for several servers on one database. Both methods wait for the database."""

    def __init__(self, engine: Engine, lifetime: float) -> None:
        self._engine = engine
        self._lifetime = lifetime

    def mint(self, now: float) -> str:
        """A new code."""
        code = secrets.token_urlsafe(16)
        with self._engine.begin() as connection:
            keep(connection, Token(digest_of(code), "code", "admin", "owner", now, now + self._lifetime))
        return code

    def redeem(self, code: str, now: float) -> bool:
        """Whether ``code`` is good; it is used up by asking, on whichever server that is first."""
        known = tokens.c.digest == digest_of(code)
        used = delete(tokens).where(known, tokens.c.kind == "code", tokens.c.expires_at > now)
        with self._engine.begin() as connection:
            return connection.execute(used).rowcount == 1
