"""Files that arrive in pieces, since a request holds a megabyte at most: in memory until whole. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MAX_FILE", "MAX_PIECES", "Staging", "StagingError"]

MAX_FILE = 64 << 20
"""Bytes of the largest file."""
MAX_PIECES = 256
_MOST_UPLOADS = 4
_LIFETIME_S = 120.0


class StagingError(ValueError):
    """A piece that cannot be taken; the message says why."""


@dataclass(slots=True)
class _Upload:
    pieces: int
    heard_at: float
    content: dict[int, bytes] = field(default_factory=dict)
    size: int = 0


class Staging:
    """The files under way, by who sends them and their own name for it."""

    def __init__(self) -> None:
        self._uploads: dict[tuple[str, str], _Upload] = {}

    def take(
        self, key: tuple[str, str], content: bytes, *, piece: int, pieces: int, now: float
    ) -> bytes | None:
        """Keep a piece; the whole file once every piece is there. A piece sent again replaces itself.

        ``key``: who sends it, and their own name for the upload.

        Raises:
            StagingError: the file is too large, it was begun with another number of pieces, or too many
                files are under way.
        """
        self._uploads = {k: u for k, u in self._uploads.items() if now - u.heard_at < _LIFETIME_S}
        upload = self._uploads.get(key)
        if upload is None:
            if len(self._uploads) >= _MOST_UPLOADS:
                raise StagingError("too many files are under way; try again in a minute")
            upload = self._uploads[key] = _Upload(pieces, now)
        if upload.pieces != pieces:
            raise StagingError(f"the file was begun with {upload.pieces} pieces, not {pieces}")
        upload.size += len(content) - len(upload.content.get(piece, b""))
        if upload.size > MAX_FILE:
            del self._uploads[key]
            raise StagingError(f"the file is too large: expected at most {MAX_FILE >> 20} MB")
        upload.content[piece] = content
        upload.heard_at = now
        if len(upload.content) < pieces:
            return None
        del self._uploads[key]
        return b"".join(upload.content[at] for at in range(pieces))
