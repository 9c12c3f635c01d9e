"""Files that arrive in pieces, since a request holds a megabyte at most: in the database until whole.

Each piece may come to another server.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, func, insert, not_, select, update

from rheostat_server.store.database import release_space
from rheostat_server.store.schema import uploads

__all__ = ["MAX_FILE", "UploadError", "take"]

MAX_FILE = 64 << 20
"""Bytes of the largest file."""
_MOST_UPLOADS = 4
_LIFETIME_S = 120.0
_LOCK = 7438


class UploadError(ValueError):
    """A piece that cannot be taken; the message says why."""


def take(
    connection: Connection, owner: str, name: str, content: bytes, *, piece: int, pieces: int, now: float
) -> bytes | None:
    """Keep a piece; the whole file once every piece is there. A piece sent again replaces itself.

    ``owner``: who sends it; ``name``: their own name for the upload.

    Raises:
        UploadError: the file is too large, it was begun with another number of pieces, or too many files are
            under way.
    """
    if connection.dialect.name == "postgresql":
        # Of two pieces that two servers take at once, the second must see the first.
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    connection.execute(delete(uploads).where(uploads.c.heard_at <= now - _LIFETIME_S))
    mine = and_(uploads.c.owner == owner, uploads.c.name == name)
    found = connection.execute(select(uploads.c.piece, uploads.c.pieces, uploads.c.size).where(mine)).all()
    others = select(uploads.c.owner, uploads.c.name).where(not_(mine)).distinct()
    if pieces > 1 and not found and len(connection.execute(others).all()) >= _MOST_UPLOADS:
        raise UploadError("too many files are under way; try again in a minute")
    if found and found[0].pieces != pieces:
        raise UploadError(f"the file was begun with {found[0].pieces} pieces, not {pieces}")
    sizes = {row.piece: row.size for row in found} | {piece: len(content)}
    if sum(sizes.values()) > MAX_FILE:
        _drop(connection, owner, name)
        raise UploadError(f"the file is too large: expected at most {MAX_FILE >> 20} MB")
    if len(sizes) == pieces:
        stored = connection.execute(select(uploads.c.piece, uploads.c.content).where(mine))
        kept = {row.piece: row.content for row in stored} | {piece: content}
        if found:
            _drop(connection, owner, name)
        return b"".join(kept[at] for at in range(pieces))
    connection.execute(delete(uploads).where(mine, uploads.c.piece == piece))
    row = {"owner": owner, "name": name, "piece": piece, "pieces": pieces, "size": len(content)}
    connection.execute(insert(uploads).values(**row, content=content, heard_at=now))
    connection.execute(update(uploads).where(mine).values(heard_at=now))
    return None


def _drop(connection: Connection, owner: str, name: str) -> None:
    connection.execute(delete(uploads).where(uploads.c.owner == owner, uploads.c.name == name))
    release_space(connection)
