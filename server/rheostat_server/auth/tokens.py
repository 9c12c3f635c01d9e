"""Tokens: hashed in the database, in clear only in files that the owner alone can read."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from rheostat_server.auth.roles import Principal, Role, Via
from rheostat_server.store.schema import tokens

__all__ = [
    "Token",
    "TokenBook",
    "digest_of",
    "find",
    "forget",
    "keep",
    "load",
    "own_token",
    "prune",
    "replace_secret",
    "write_private",
]

Kind = Literal["file", "token", "share", "session", "code"]
_OWN_CONNECTIONS = 10_000
"""Sockets each of the server's own two tokens may hold: all jobs of this user share one."""
_BEARER: tuple[Kind, ...] = ("file", "token")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as stored: never the token itself.

    ``file``: the server's own; ``token``: made by an admin; ``share``: the code in a link to one run, good
    for nothing but a session; ``session``: a browser's cookie, which ends with its ``parent``; ``code``: a
    one-time code of several servers. ``id`` names it to people; ``project``, ``run`` and ``connections``
    are as in `Principal`.
    """

    digest: str
    kind: Kind
    role: Role
    name: str
    created_at: float
    expires_at: float | None
    id: str = ""
    project: str | None = None
    run: str | None = None
    parent: str = ""
    connections: int | None = None

    def principal(self, via: Via) -> Principal:
        """Who has it."""
        return Principal(
            self.role,
            self.name,
            self.digest,
            via,
            self.project,
            self.run,
            self.parent or self.digest,
            self.connections or (_OWN_CONNECTIONS if self.kind == "file" else None),
        )


class TokenBook:
    """The valid tokens in memory, by digest."""

    def __init__(self, known: list[Token]) -> None:
        self._tokens = {token.digest: token for token in known}
        self.changes = 0

    def add(self, token: Token) -> None:
        """Accept ``token`` from now on."""
        self._tokens[token.digest] = token
        self.changes += 1

    def drop(self, digest: str) -> set[str]:
        """Accept it, and the sessions that came from it, no longer; the digests of all of these."""
        gone = {digest} | {token.digest for token in self._tokens.values() if token.parent == digest}
        for found in gone:
            self._tokens.pop(found, None)
        self.changes += 1
        return gone

    def knows(self, secret: str) -> bool:
        """Whether this token is in memory, valid or not."""
        return digest_of(secret) in self._tokens

    def drop_run(self, run: str) -> None:
        """Accept the links to a deleted run, and what came through them, no longer."""
        self._tokens = {digest: token for digest, token in self._tokens.items() if token.run != run}
        self.changes += 1

    def replace(self, known: list[Token]) -> None:
        """Accept these and no others: what another server on the same database made or revoked."""
        self._tokens = {token.digest: token for token in known}

    def all(self, *kinds: Kind) -> list[Token]:
        """The tokens of these kinds, oldest first."""
        return sorted((t for t in self._tokens.values() if t.kind in kinds), key=lambda t: t.created_at)

    def holds(self, digest: str, now: float) -> bool:
        """Whether the token is good at ``now``."""
        found = self._tokens.get(digest)
        return found is not None and (found.expires_at is None or found.expires_at > now)

    def look_up(self, secret: str, now: float, *kinds: Kind) -> Token | None:
        """The token that ``secret`` is, if it is of one of these kinds and good at ``now``."""
        digest = digest_of(secret)
        found = self._tokens.get(digest)
        # The dict finds by hash of a hash; the comparison that decides takes the same time for any input.
        if found is None or not hmac.compare_digest(found.digest, digest):
            return None
        return found if found.kind in kinds and self.holds(digest, now) else None

    def who(self, secret: str, via: Via, now: float) -> Principal | None:
        """Who has this token, None if nobody or no longer."""
        found = self.look_up(secret, now, *(("session",) if via == "cookie" else _BEARER))
        return None if found is None else found.principal(via)


def digest_of(secret: str) -> str:
    """SHA-256: enough for tokens of 256 random bits, which cannot be guessed from it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def load(connection: Connection, now: float) -> list[Token]:
    """The tokens that are valid at ``now``."""
    good = or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
    return [_token(row) for row in connection.execute(select(tokens).where(good, tokens.c.kind != "code"))]


def find(connection: Connection, secret: str) -> Token | None:
    """The token as stored, None if it is not there."""
    known = select(tokens).where(tokens.c.digest == digest_of(secret), tokens.c.kind != "code")
    row = connection.execute(known).one_or_none()
    return None if row is None else _token(row)


def prune(connection: Connection, now: float) -> None:
    """Delete the tokens that have expired."""
    connection.execute(delete(tokens).where(tokens.c.expires_at <= now))


def keep(connection: Connection, token: Token) -> None:
    """Store a token's digest and what goes with it."""
    connection.execute(insert(tokens).values(asdict(token)))


def replace_secret(connection: Connection, old: str, new: str) -> None:
    """Let the digest ``new`` stand for the token ``old``; the sessions of the old one end."""
    connection.execute(delete(tokens).where(tokens.c.parent == old))
    connection.execute(update(tokens).where(tokens.c.digest == old).values(digest=new))


def forget(connection: Connection, digest: str) -> None:
    """Delete a token and the sessions that came from it."""
    connection.execute(delete(tokens).where(or_(tokens.c.digest == digest, tokens.c.parent == digest)))


def own_token(connection: Connection, folder: Path, role: Role, now: float, *, alone: bool = True) -> str:
    """The server's own token for ``role``, from the file ``ROLE.token``, made at first start.

    A file that was lost, or holds another token than the database knows, leads to a new token; the old
    one is void then, unless other servers (``alone`` is false) have tokens for the same role.
    """
    path = folder / f"{role}.token"
    known = select(tokens.c.digest).where(tokens.c.kind == "file", tokens.c.role == role)
    digests = list(connection.scalars(known))
    with contextlib.suppress(OSError):
        secret = path.read_text(encoding="ascii", errors="replace").strip()
        if any(hmac.compare_digest(digest_of(secret), found) for found in digests):
            path.chmod(0o600)
            return secret
    secret = secrets.token_urlsafe(32)
    if alone:
        for digest in digests:
            forget(connection, digest)
    keep(connection, Token(digest_of(secret), "file", role, role, now, None, id=role))
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


def _token(row: Row[Any]) -> Token:
    return Token(
        row.digest,
        cast("Kind", row.kind),
        cast("Role", row.role),
        row.name,
        row.created_at,
        row.expires_at,
        row.id,
        row.project,
        row.run,
        row.parent,
        row.connections,
    )
