"""Errors of the HTTP API: every one leaves as the one JSON shape, `ErrorBody`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rheostat_server.models import ErrorBody, Problem

log = logging.getLogger("rheostat.server")

_WORDS = {
    400: ("bad_request", "the request cannot be read"),
    401: ("not_signed_in", "sign in first: run `rheostat open` on the server's machine, or send a token"),
    403: ("forbidden", "this is not allowed for you"),
    404: ("not_found", "there is nothing here"),
    405: ("method_not_allowed", "this address does not take that method"),
    408: ("too_slow", "the request took too long to come"),
    413: ("too_large", "the request is too large"),
    415: ("not_json", "expected a body of type application/json"),
}


class ApiError(Exception):
    """An answer other than the one asked for: a status and what was wrong."""

    def __init__(self, status: int, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.message)
        self.status = status
        self.problem = problem
        self.headers = dict(headers or {})


def refuse(
    status: int, code: str, message: str, *, where: str = "", expected: str = "", suggestion: str = ""
) -> ApiError:
    """An `ApiError` from its parts."""
    problem = Problem(code=code, message=message, where=where, expected=expected, suggestion=suggestion)
    return ApiError(status, problem)


def error_response(status: int, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries ``problem``."""
    body = ErrorBody(error=problem).model_dump_json()
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")


def plain_problem(status: int, message: str = "", where: str = "") -> Problem:
    """The problem that goes with an HTTP status when nothing more is known."""
    code, words = _WORDS.get(status, ("error", "the request failed"))
    return Problem(code=code, message=message or words, where=where)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` leave in the one shape, without a traceback."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_crash)


async def _on_api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.problem, error.headers)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = plain_problem(error.status_code, where=request.url.path)
    return error_response(error.status_code, problem, error.headers)


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        detail = str(first.get("ctx", {}).get("error", first["msg"]))
        return error_response(400, Problem(code="bad_json", message=f"the body is not JSON: {detail}"))
    where = ".".join(str(part) for part in first["loc"])
    problem = Problem(code="invalid", message=str(first["msg"]), where=where, expected=_expected(first))
    return error_response(422, problem)


def _expected(fault: Mapping[str, Any]) -> str:
    """What would have fitted, from pydantic's word for the fault and its bounds."""
    if fault["type"] == "missing":
        return "a value"
    if fault["type"] == "extra_forbidden":
        return "no such field"
    bounds = {name: value for name, value in fault.get("ctx", {}).items() if name != "error"}
    if "expected" in bounds:
        return str(bounds["expected"])
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in bounds.items())
    return told or str(fault["type"]).removesuffix("_type").removesuffix("_parsing").replace("_", " ")


async def _on_crash(request: Request, error: Exception) -> Response:
    log.error("unexpected error at %s %s: %r", request.method, request.url.path, error)
    message = "the server made a mistake; its log says more"
    return error_response(500, Problem(code="internal", message=message, where=request.url.path))
