"""The page's hand-written types and the server's models name the same fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rheostat_server import models

TYPES = Path(__file__).resolve().parents[2] / "frontend" / "src" / "api" / "types.ts"
INTERFACE = re.compile(r"export interface (\w+)(?: extends (\w+))? \{\n(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"^  (\w+)\??:", re.MULTILINE)
LIVE = re.compile(r'\{ type: "(\w+)"([^}]*)\}')


def interfaces() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, parent, body in INTERFACE.findall(TYPES.read_text()):
        found[name] = set(FIELD.findall(body)) | found.get(parent, set())
    return found


@pytest.mark.parametrize("name", sorted(interfaces()))
def test_an_interface_has_the_fields_of_its_model(name: str) -> None:
    assert interfaces()[name] == set(getattr(models, name).model_fields)


def test_every_live_message_has_the_fields_of_its_model() -> None:
    by_type: dict[str, type[BaseModel]] = {
        "watch": models.Watch,
        "unwatch": models.Unwatch,
        "list": models.Listing,
        "hello": models.LiveHello,
        "run": models.LiveRun,
        "points": models.LivePoints,
        "reset": models.LiveReset,
        "command": models.LiveCommand,
        "annotation": models.LiveAnnotation,
        "alert": models.LiveAlert,
        "problem": models.LiveProblem,
    }
    said = {
        kind: set(re.findall(r"(\w+):", rest)) | {"type"} for kind, rest in LIVE.findall(TYPES.read_text())
    }
    assert said == {kind: set(model.model_fields) for kind, model in by_type.items()}
