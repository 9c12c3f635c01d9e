"""The base of all models, and the one shape of errors."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all: unknown fields are an error, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Model):
    """What was wrong, where, what was expected, what to write instead."""

    code: str
    message: str
    where: str = ""
    expected: str = ""
    suggestion: str = ""


class ErrorBody(Model):
    """The one JSON shape of every error answer."""

    error: Problem
