"""``make types``: the server's OpenAPI document as the TypeScript that the page is written against."""

from __future__ import annotations

import json
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rheostat_server.app import create_app
from rheostat_server.settings import Settings

SCHEMA = Path(__file__).resolve().parents[2] / "frontend" / "src" / "api" / "schema.ts"
WIDTH = 110
"""Of a line, in the page's house format."""
HEAD = """\
/**
 * The JSON of the HTTP API and the live websocket, as the server's models name it. Times are Unix seconds.
 * Made by `make types` from the server's OpenAPI document: change the models there, not this file.
 */
"""
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
REFERENCE = "#/components/schemas/"

Schema = dict[str, Any]


def document() -> Schema:
    """The OpenAPI document of this tree's server."""
    with tempfile.TemporaryDirectory() as folder:
        return create_app(Settings(data_dir=Path(folder))).openapi()


def typescript(openapi: Schema) -> str:
    """One interface or type for each component of ``openapi``, by name."""
    schemas: dict[str, Schema] = openapi["components"]["schemas"]
    asked = _asked(openapi)
    return "\n".join([HEAD, *(_declared(name, schemas[name], name in asked) for name in sorted(schemas))])


def _asked(openapi: Schema) -> set[str]:
    """What the page sends: there a field with a default may be left out; of what it gets, all is there."""
    schemas = openapi["components"]["schemas"]
    bodies = [
        operation["requestBody"]
        for operations in openapi["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    found: set[str] = set()
    waiting = {"FromBrowser", *_named(bodies)}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_named(schemas[name])) - found
    return found


def _named(part: Any) -> Iterator[str]:
    """The components that ``part`` of the document points at."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].removeprefix(REFERENCE)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _named(inner)


def _declared(name: str, schema: Schema, asked: bool) -> str:
    comment = _comment(schema.get("description", ""), "")
    if schema.get("type") != "object":
        return comment + _line(f"export type {name} =", schema)
    fields = "".join(
        _field(field, inner, asked and field not in schema.get("required", []))
        for field, inner in schema["properties"].items()
    )
    return f"{comment}export interface {name} {{\n{fields}}}\n"


def _field(name: str, schema: Schema, optional: bool) -> str:
    line = _line(f"  {name}{'?' if optional else ''}:", schema)
    return _comment(schema.get("description", ""), "  ") + line


def _line(start: str, schema: Schema) -> str:
    """``start`` and the type, alternatives one below the other where a line is too short for them."""
    line = f"{start} {_type(schema)};\n"
    if len(line) <= WIDTH + 1:
        return line
    indent = " " * (len(start) - len(start.lstrip()) + 2)
    return "".join([start, *(f"\n{indent}| {one}" for one in _alternatives(schema)), ";\n"])


def _type(schema: Schema) -> str:
    return " | ".join(_alternatives(schema))


def _alternatives(schema: Schema) -> list[str]:
    """The types that a value may have, each as TypeScript."""
    if "$ref" in schema:
        return [schema["$ref"].removeprefix(REFERENCE)]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return list(dict.fromkeys(one for inner in schema[several] for one in _alternatives(inner)))
    if "const" in schema or "enum" in schema:
        return [json.dumps(value) for value in schema.get("enum", [schema.get("const")])]
    match schema.get("type"):
        case "array":
            item = _type(schema["items"])
            return [f"({item})[]" if "|" in item else f"{item}[]"]
        case "object":
            values = schema.get("additionalProperties")
            return [f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"]
        case kind:
            return [PLAIN.get(kind or "", "unknown")]


def _comment(text: str, indent: str) -> str:
    """``text`` before what it is about; nothing where there is none."""
    if not text:
        return ""
    words = " ".join(text.replace("``", "`").split())
    if len(indent) + len(words) + len("/**  */") <= WIDTH:
        return f"{indent}/** {words} */\n"
    lines = textwrap.wrap(words, WIDTH - len(indent) - len(" * "))
    return "".join([f"{indent}/**\n", *(f"{indent} * {line}\n" for line in lines), f"{indent} */\n"])


def main() -> None:
    """Write the page's types anew."""
    SCHEMA.write_text(typescript(document()))


if __name__ == "__main__":
    main()
