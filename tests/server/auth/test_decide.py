"""Decisions from plain facts: names, origins, codes, limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.auth.codes import Codes, Limiter
from rheostat_server.auth.decide import Facts, decide, host_allowed, host_name, origin_allowed
from rheostat_server.auth.roles import RULES, Principal


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:1", "localhost"),
        ("A.B", "a.b"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("", ""),
        (":80", ""),
    ],
)
def test_names_of_hosts(host: str, name: str) -> None:
    assert host_name(host) == name


@given(st.text(max_size=40))
def test_any_host_gives_an_answer(host: str) -> None:
    assert host_allowed(host, ["mine"], any_address=False) == (host_name(host) == "mine")


def test_numeric_hosts_only_where_every_address_is_served() -> None:
    assert host_allowed("10.1.2.3:7436", [], any_address=True)
    assert host_allowed("[fe80::1]", [], any_address=True)
    assert not host_allowed("10.1.2.3", [], any_address=False)
    assert not host_allowed("evil.example", [], any_address=True)


@given(st.text(max_size=40))
def test_any_origin_gives_an_answer(origin: str) -> None:
    assert not origin_allowed(origin, "127.0.0.1:7436", [])


def test_origins() -> None:
    assert origin_allowed("http://127.0.0.1:7436", "127.0.0.1:7436", [])
    assert origin_allowed("https://lab.example", "lab.example", [])
    assert not origin_allowed("http://127.0.0.1:7437", "127.0.0.1:7436", [])
    assert origin_allowed("https://wiki.example", "127.0.0.1:7436", ["https://wiki.example"])


def test_without_credentials_everything_but_the_public_is_closed() -> None:
    for rule in RULES:
        facts = Facts(rule.method, "h", None, "application/json", True, False)
        refusal = decide(rule, None, facts, ())
        assert (refusal is None) == (rule.access == "public")


def test_a_foreign_page_opens_no_websocket_whoever_asks() -> None:
    admin = Principal("admin", "a", "d", "bearer")
    for rule in RULES:
        if rule.method == "WS":
            facts = Facts("WS", "h", "http://evil", "", True, False)
            refusal = decide(rule, admin, facts, ())
            assert refusal is not None
            assert refusal.status == 403


def test_a_code_works_once_and_not_for_ever() -> None:
    names = iter("abc")
    codes = Codes(60.0, lambda: next(names))
    first, second = codes.mint(0.0), codes.mint(10.0)
    assert codes.redeem(first, 59.0)
    assert not codes.redeem(first, 59.0)
    assert not codes.redeem(second, 70.0)
    assert not codes.redeem("guess", 0.0)


def test_failures_are_limited_by_place_and_forgotten_in_time() -> None:
    limiter = Limiter(3, 60.0)
    for at in range(3):
        assert limiter.wait("a", float(at)) == 0.0
        limiter.fail("a", float(at))
    assert limiter.wait("a", 10.0) == 50.0
    assert limiter.wait("b", 10.0) == 0.0
    assert limiter.wait("a", 60.0) == 0.0
