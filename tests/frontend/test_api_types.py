"""The page's types are those of the server's OpenAPI document, as it is now."""

from __future__ import annotations

from tests.frontend.types import SCHEMA, document, typescript


def test_the_pages_types_are_made_from_the_document_of_this_server() -> None:
    assert SCHEMA.read_text() == typescript(document()), "the models changed: run `make types`"


def test_what_is_asked_may_leave_defaults_out_and_what_is_answered_has_all() -> None:
    text = {"type": "string"}
    both = {"type": "object", "properties": {"a": text, "b": {**text, "default": ""}}, "required": ["a"]}
    schemas = {"Asked": both, "Answered": both, "FromBrowser": {"$ref": "#/components/schemas/Asked"}}
    made = typescript({"paths": {}, "components": {"schemas": schemas}})
    assert "export interface Asked {\n  a: string;\n  b?: string;\n}" in made
    assert "export interface Answered {\n  a: string;\n  b: string;\n}" in made
    assert "export type FromBrowser = Asked;" in made
