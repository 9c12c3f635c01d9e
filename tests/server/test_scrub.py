"""Secrets are known by their names and by their shapes; what only looks a little like one is left alone."""

from __future__ import annotations

import pytest

from rheostat.agent.identity import describe_config
from rheostat.scrub import HIDDEN, scrub
from tests.server.running import Server

# Made up, and put together here so that no scanner takes this file for a leak.
LONG = "Ab3" * 16
SECRETS = [
    f"sk-{LONG}",
    f"sk-ant-api03-{LONG}",
    f"ghp_{LONG[:36]}",
    f"github_pat_{LONG}",
    f"glpat-{LONG[:20]}",
    f"hf_{LONG[:34]}",
    "AKIA" + "IOSFODNN7EXAMPLE",
    f"AIza{LONG[:35]}",
    f"xoxb-1234567890-{LONG[:24]}",
    f"eyJ{LONG[:20]}.eyJ{LONG[:30]}.{LONG[:40]}",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_known_by_its_shape(secret: str) -> None:
    assert scrub("note", secret) == HIDDEN
    among = scrub("command", f"train --with {secret}")
    assert among == f"train --with {HIDDEN}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:s3cret@db:5432/x", f"postgresql://me:{HIDDEN}@db:5432/x"),
        ("redis://:s3cret@cache", f"redis://:{HIDDEN}@cache"),
        ("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", f"Authorization: Bearer {HIDDEN}"),
    ],
)
def test_a_password_in_an_address_is_taken_out(text: str, shown: str) -> None:
    assert scrub("note", text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "hf_transformers",
        "sk-learn",
        "a-task-force-of-twenty-two-people",
        "0123456789abcdef0123456789abcdef01234567",
        "s3://bucket/data@2024/part-0",
        "http://host:8080/path?x=a@b",
        "me@example.org",
        "ghp_short",
        "3e-4",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub("note", text) == text


def test_names_of_secrets_hide_whatever_they_hold() -> None:
    assert scrub("WANDB_API_KEY", "x") == scrub("db_password", "y") == HIDDEN


def test_no_half_of_a_secret_is_left_where_a_text_is_cut() -> None:
    told = describe_config({"note": "x" * 480 + " " + SECRETS[0], "deep": {"url": "ftp://u:p4ss@h"}})
    assert "Ab3" not in told["note"]
    assert "p4ss" not in told["deep"]


def test_the_server_trusts_no_client_to_have_done_so(server: Server) -> None:
    with server.agent(config={"note": SECRETS[0], "lr": "3e-4"}), server.client() as admin:
        assert admin.get("/api/runs/r1").json()["config"] == {"note": HIDDEN, "lr": "3e-4"}
