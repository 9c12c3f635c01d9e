"""The API against its own OpenAPI document: schemathesis invents requests; no 5xx, all as written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.running import Server

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
EXAMPLES = int(os.environ.get("RHEOSTAT_SCHEMA_EXAMPLES", "8"))
"""Requests invented for each operation; more on demand."""


# After 20 s the agent's socket pings, with a random number, from another thread than Hypothesis's.
@pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
@pytest.mark.timeout(0 if EXAMPLES > 8 else 120)
def test_no_operation_breaks_the_document(tmp_path: Path) -> None:
    with Server(tmp_path) as server, server.agent(), server.client() as client:
        document = client.get("/openapi.json").json()
        schema = schemathesis.openapi.from_dict(document)
        schema.config.base_url = server.url
        headers = {"Authorization": client.headers["Authorization"]}
        problems: list[str] = []
        count = 0
        for found in schema.get_all_operations():
            operation = found.ok()  # type: ignore[union-attr]  # a broken document fails here
            if (operation.method.lower(), operation.path) == ("delete", "/api/session"):
                continue

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def attempt(case: schemathesis.Case[Any]) -> None:
                nonlocal count
                count += 1
                case.call_and_validate(headers=headers, checks=list(CHECKS))

            try:
                attempt()
            except Exception as error:
                inner = getattr(error, "exceptions", (error,))
                problems.append(f"{operation.method} {operation.path}: {inner[0]}")
        assert count > 100
        assert not problems, "\n\n".join(problems)
