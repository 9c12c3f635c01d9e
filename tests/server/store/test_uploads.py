"""Files in pieces: put together in order, bounded in number and size, forgotten when nobody goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, func, select

from rheostat_server.store.schema import uploads
from rheostat_server.store.uploads import MAX_FILE, UploadError, take


def left(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(uploads)) or 0


def test_pieces_in_any_order_and_sent_again(engine: Engine) -> None:
    with engine.begin() as connection:
        assert take(connection, "me", "f", b"c", piece=2, pieces=3, now=0.0) is None
        assert take(connection, "other", "f", b"x", piece=1, pieces=3, now=0.0) is None
        assert take(connection, "me", "f", b"?", piece=0, pieces=3, now=0.0) is None
        assert take(connection, "me", "f", b"a", piece=0, pieces=3, now=100.0) is None
        with pytest.raises(UploadError, match="begun with 3 pieces, not 4"):
            take(connection, "me", "f", b"b", piece=1, pieces=4, now=100.0)
        assert take(connection, "me", "f", b"b", piece=1, pieces=3, now=200.0) == b"abc"
        assert left(connection) == 0, "what the other began is too old by now"


def test_what_waits_is_bounded(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(4):
            assert take(connection, "me", f"{number}", b"x", piece=0, pieces=2, now=0.0) is None
        with pytest.raises(UploadError, match="too many"):
            take(connection, "me", "5", b"x", piece=0, pieces=2, now=1.0)
        assert take(connection, "me", "5", b"x", piece=0, pieces=1, now=1.0) == b"x", "it need not wait"
        half = bytes(MAX_FILE // 2 + 1)
        assert take(connection, "me", "6", half, piece=0, pieces=2, now=200.0) is None
        with pytest.raises(UploadError, match="too large: expected at most 64 MB"):
            take(connection, "me", "6", half, piece=1, pieces=2, now=200.0)
        assert left(connection) == 0
