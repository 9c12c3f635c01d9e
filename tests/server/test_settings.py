"""Settings: read from the environment, checked, and every one documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from rheostat.agent.discover import data_dir
from rheostat_server.auth.roles import RULES
from rheostat_server.settings import Settings

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text()


def test_defaults_are_local(tmp_path: Path) -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.loopback) == ("127.0.0.1", 7436, True)
    assert settings.data_dir == data_dir()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHEOSTAT_PORT", "7000")
    monkeypatch.setenv("RHEOSTAT_ALLOWED_HOSTS", "a.example, b.example,")
    monkeypatch.setenv("RHEOSTAT_ROOT_PATH", "/rheostat/")
    monkeypatch.setenv("RHEOSTAT_SERVER", "an agent's setting")
    settings = Settings(port=7001)
    assert settings.port == 7001
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.root_path == "/rheostat"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("port", "x"),
        ("root_path", "rheostat"),
        ("crash_after_s", "0"),
        ("log_level", "loud"),
    ],
)
def test_bad_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"RHEOSTAT_{name.upper()}", value)
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("::1", True), ("localhost", True), ("127.0.0.9", True), ("0.0.0.0", False), ("lab", False)],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert Settings(host=host).loopback is loopback


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_docs_as_the_code_describes_it(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert re.search(rf"\| `RHEOSTAT_{name.upper()}` \| .* \| {re.escape(description)} \|", DOCS)


def test_the_docs_name_no_setting_that_is_none() -> None:
    named = set(re.findall(r"\| `RHEOSTAT_(\w+)` \|", DOCS))
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.method} {rule.path}")
def test_every_route_is_in_the_docs_with_its_role(rule: object) -> None:
    method, path, access = (getattr(rule, name) for name in ("method", "path", "access"))
    assert f"| {method} | `{path}` | {access} |" in DOCS
