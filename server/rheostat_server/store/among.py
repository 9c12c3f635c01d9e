"""``column IN (a list of any length)`` as one and the same statement, whatever its length.

An expanding list makes another text for every length: built anew, planned anew, and on PostgreSQL never among
the prepared ones. Here the list is a single value: an array on PostgreSQL, JSON on SQLite.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, String, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator

__all__ = ["among"]


def among(column: ColumnElement[int] | ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether ``column`` is one of the whole numbers, or texts, given as the parameter ``name``, a list."""
    listed = func.json_each(bindparam(name, type_=_Json())).table_valued("value")
    array = bindparam(name, type_=ARRAY(String() if isinstance(column.type, String) else BigInteger()))
    return _Among(column.in_(select(listed.c.value)), column == any_(array))


class _Json(TypeDecorator[Sequence[int] | Sequence[str]]):
    impl = String
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | Sequence[str] | None, _: Dialect) -> str:
        return json.dumps(value)


class _Among(FunctionElement[bool]):
    """The same condition in two forms, of which that of the database is used."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> _Among:  # noqa: ARG002 - SQLAlchemy's own
        # Where there are no booleans, a function that gives one is compared with 1: no index would serve.
        return self


@compiles(_Among)
def _listed(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    as_json, _ = element.clauses
    return compiler.process(as_json, **words)


@compiles(_Among, "postgresql")
def _arrayed(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    _, as_array = element.clauses
    return compiler.process(as_array, **words)
