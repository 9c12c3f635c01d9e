"""The app as a whole: pages, files, the OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rheostat_server import models, pages
from tests.server.running import Server

INDEX = '<!doctype html><html><head><base href="/" /></head><body>page</body></html>'


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "app-1234.js").write_text("export {};")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(pages, "STATIC", folder)
    return folder


@pytest.mark.parametrize("path", ["/", "/design", "/runs", "/runs/some-run", "/settings"])
def test_one_page_behind_every_address(server: Server, static: Path, path: str) -> None:
    with server.client(None) as client:
        answer = client.get(path)
    assert answer.text == INDEX
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Type"].startswith("text/html")


def test_files_are_kept_by_browsers(server: Server, static: Path) -> None:
    with server.client(None) as client:
        answer = client.get("/assets/app-1234.js")
    assert answer.text == "export {};"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/none%2f..%2fapp-1234.js",
        "/assets/",
        "/index.html",
        "/assets/..%2findex.html",
    ],
)
def test_nothing_else_is_served(server: Server, static: Path, path: str) -> None:
    with server.client(None) as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_without_a_page_it_says_how_to_get_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path / "none")
    with server.client() as client:
        answer = client.get("/")
        assert client.get("/api/runs").status_code == 200
    assert "make frontend" in answer.text
    assert "pip install" in answer.text


def test_behind_a_prefix(tmp_path: Path, static: Path) -> None:
    with Server(tmp_path / "store", root_path="/lab") as server, server.client() as client:
        for prefix in ("", "/lab"):
            assert '<base href="/lab/" />' in client.get(f"{prefix}/runs").text
            assert client.get(f"{prefix}/api/runs").json() == {"runs": []}
            assert client.get(f"{prefix}/assets/app-1234.js").status_code == 200
        assert client.get("/labour/api/runs").status_code == 404


def document(server: Server) -> dict[str, Any]:
    with server.client() as client:
        return dict(client.get("/openapi.json").raise_for_status().json())


def test_the_document_knows_every_model_of_the_contract(server: Server) -> None:
    schemas = document(server)["components"]["schemas"]
    wanted = {name for name in models.__all__ if isinstance(getattr(models, name), type)} - {"Model"}
    assert wanted <= set(schemas)
    assert {"FromBrowser", "ToBrowser"} <= set(schemas)
    assert "LivePoints" in str(schemas["ToBrowser"])


def test_every_reference_in_the_document_leads_somewhere(server: Server) -> None:
    found = document(server)
    missing: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref")
            if (
                isinstance(reference, str)
                and reference.rpartition("/")[2] not in found["components"]["schemas"]
            ):
                missing.append(reference)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(found)
    assert missing == []


def test_every_operation_names_its_answer_and_its_errors(server: Server) -> None:
    for path, operations in document(server)["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            if path.startswith("/api/"):
                assert {"4XX", "5XX"} <= set(responses), (method, path)
            assert "HTTPValidationError" not in str(responses), (method, path)


def test_no_documentation_page_from_elsewhere(server: Server) -> None:
    with server.client() as client:
        for path in ("/docs", "/redoc"):
            assert client.get(path).status_code == 404
