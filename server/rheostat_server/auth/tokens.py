"""Tokens: hashed in the database, in clear only in files that the owner alone can read."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Connection, delete, insert, select

from rheostat_server.auth.roles import Principal, Role, Via
from rheostat_server.store.schema import tokens

__all__ = ["Token", "TokenBook", "digest_of", "forget", "keep", "load", "own_token", "write_private"]

Kind = Literal["file", "session"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token as stored: never the token itself."""

    digest: str
    kind: Kind
    role: Role
    name: str
    created_at: float
    expires_at: float | None


class TokenBook:
    """The valid tokens in memory, by digest."""

    def __init__(self, known: list[Token]) -> None:
        self._tokens = {token.digest: token for token in known}

    def add(self, token: Token) -> None:
        """Accept ``token`` from now on."""
        self._tokens[token.digest] = token

    def drop(self, digest: str) -> None:
        """Accept it no longer."""
        self._tokens.pop(digest, None)

    def who(self, secret: str, via: Via, now: float) -> Principal | None:
        """Who has this token, None if nobody or no longer."""
        digest = digest_of(secret)
        found = self._tokens.get(digest)
        # The dict finds by hash of a hash; the comparison that decides takes the same time for any input.
        if found is None or not hmac.compare_digest(found.digest, digest):
            return None
        if found.expires_at is not None and found.expires_at <= now:
            return None
        if (via == "cookie") != (found.kind == "session"):
            return None
        return Principal(found.role, found.name, digest, via)


def digest_of(secret: str) -> str:
    """SHA-256: enough for tokens of 256 random bits, which cannot be guessed from it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def load(connection: Connection, now: float) -> list[Token]:
    """The tokens that are valid at ``now``; expired ones are deleted."""
    connection.execute(delete(tokens).where(tokens.c.expires_at <= now))
    return [
        Token(
            row.digest,
            cast("Kind", row.kind),
            cast("Role", row.role),
            row.name,
            row.created_at,
            row.expires_at,
        )
        for row in connection.execute(select(tokens))
    ]


def keep(connection: Connection, token: Token) -> None:
    """Store a token's digest."""
    connection.execute(
        insert(tokens).values(
            digest=token.digest,
            kind=token.kind,
            role=token.role,
            name=token.name,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def forget(connection: Connection, digest: str) -> None:
    """Delete a token."""
    connection.execute(delete(tokens).where(tokens.c.digest == digest))


def own_token(connection: Connection, folder: Path, role: Role, now: float) -> str:
    """The server's own token for ``role``, from the file ``ROLE.token``, made at first start.

    A file that was lost, or holds another token than the database knows, leads to a new token; the old
    one is void then.
    """
    path = folder / f"{role}.token"
    known = select(tokens.c.digest).where(tokens.c.kind == "file", tokens.c.role == role)
    found = connection.scalar(known)
    with contextlib.suppress(OSError):
        secret = path.read_text(encoding="ascii", errors="replace").strip()
        if found is not None and hmac.compare_digest(digest_of(secret), found):
            path.chmod(0o600)
            return secret
    secret = secrets.token_urlsafe(32)
    connection.execute(delete(tokens).where(tokens.c.kind == "file", tokens.c.role == role))
    keep(connection, Token(digest_of(secret), "file", role, role, now, None))
    write_private(path, secret.encode() + b"\n")
    return secret


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, in one stroke.

    Raises:
        OSError: the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
