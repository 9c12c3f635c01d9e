"""When the build hook builds the page, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from hatch_build import BuildError, build, mode, wanted


def tree(root: Path, *, sources: bool, bundle: bool) -> Path:
    if sources:
        (root / "frontend").mkdir()
        (root / "frontend" / "package.json").write_text("{}")
    if bundle:
        static = root / "server" / "rheostat_server" / "static"
        static.mkdir(parents=True)
        (static / "index.html").write_text("")
    return root


@pytest.mark.parametrize(
    ("when", "sources", "bundle", "expected"),
    [
        ("auto", True, False, True),
        ("auto", True, True, False),
        ("auto", False, False, False),
        ("force", True, True, True),
        ("force", False, True, False),
        ("skip", True, False, False),
    ],
)
def test_a_page_is_built_only_when_wanted(
    tmp_path: Path, when: str, sources: bool, bundle: bool, expected: bool
) -> None:
    assert wanted(mode(when), tree(tmp_path, sources=sources, bundle=bundle)) is expected


def test_an_unknown_mode_names_the_known_ones() -> None:
    with pytest.raises(BuildError, match=r"'never'.*auto, skip or force"):
        mode("never")


def test_a_failure_names_the_command_the_cause_and_two_ways_out(tmp_path: Path) -> None:
    tree(tmp_path, sources=True, bundle=False)
    (tmp_path / "frontend" / "npm.py").write_text("raise SystemExit('registry cannot be reached')")
    with pytest.raises(BuildError) as caught:
        build(tmp_path)
    message = str(caught.value)
    assert "`npm ci " in message
    assert "registry cannot be reached" in message
    assert "released wheel" in message
    assert "RHEOSTAT_FRONTEND=skip" in message
