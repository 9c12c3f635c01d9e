"""``column IN (a list of any length)`` as one and the same statement, whatever its length.

An expanding list makes another text for every length: built anew, planned anew, and on PostgreSQL never among
the prepared ones. Here the list is a single value: an array on PostgreSQL, JSON on SQLite.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["among"]


def among(column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Whether ``column`` is one of the whole numbers given as the parameter ``name``, a list."""
    return _Among(column, bindparam(name, type_=_Numbers()))


class _Numbers(TypeDecorator[Sequence[int]]):
    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> object:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> _Among:  # noqa: ARG002 - SQLAlchemy's own
        # Where there are no booleans, a function that gives one is compared with 1: no index would serve.
        return self


@compiles(_Among)
def _in_json(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    column, numbers = (compiler.process(clause, **words) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - both are compiled


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    column, numbers = (compiler.process(clause, **words) for clause in element.clauses)
    return f"{column} = ANY ({numbers})"
