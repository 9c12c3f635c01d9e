"""The engine of the store: closing it leaves no connection behind."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import Engine, text

from rheostat_server.store.database import reading, shut


def is_open(driver: object) -> bool:
    if isinstance(driver, sqlite3.Connection):
        try:
            driver.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            return False
        return True
    return not driver.closed  # type: ignore[attr-defined]  # psycopg's


@pytest.mark.parametrize("given_back", ["before", "after"])
def test_a_shut_store_has_no_connections(engine: Engine, given_back: str) -> None:
    connection = reading(engine).connect()
    assert connection.scalar(text("SELECT 1")) == 1
    driver = connection.connection.driver_connection
    if given_back == "before":
        connection.close()
        assert is_open(driver)
    shut(engine)
    if given_back == "after":
        assert is_open(driver), "a read goes on to its end"
        assert connection.scalar(text("SELECT 2")) == 2
        connection.close()
    assert not is_open(driver)
