"""The light package stays light, imports run one way, and the public names are those we promise."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rheostat

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "fastapi", "pydantic", "plotly", "sqlalchemy", "uvicorn", "rheostat_server")


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a clean interpreter has loaded after running ``code``."""
    script = f"{code}\nimport sys\nprint('\\n'.join({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import rheostat",
        "import rheostat; rheostat.parse('linear 0 -> 1x for 5; cosine -> 0').bind(base=1, total=10)(3)",
        "import rheostat; rheostat.attach",
        "import rheostat.wire, rheostat.control.command",
    ],
)
def test_the_light_package_loads_nothing_heavy(code: str) -> None:
    assert loaded_after(code).isdisjoint(HEAVY)


def test_the_check_above_can_fail() -> None:
    assert "torch" in loaded_after("import rheostat; rheostat.ScheduleLR")


def test_every_public_name_loads_and_is_listed() -> None:
    for name in rheostat.__all__:
        assert getattr(rheostat, name) is not None
    assert set(dir(rheostat)) == set(rheostat.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = rheostat.nonsense


ALLOWED = {
    "rheostat/schedule": {"rheostat.schedule"},
    "rheostat/control": {"rheostat.control", "rheostat.schedule"},
    "rheostat/columns.py": set(),
    "rheostat/scrub.py": set(),
    "rheostat/wire.py": {"rheostat.columns", "rheostat.control", "rheostat.schedule"},
    "rheostat/agent": {
        "rheostat.agent",
        "rheostat.control",
        "rheostat.wire",
        "rheostat.schedule",
        "rheostat.scrub",
        "rheostat.integrations",
    },
}


def imports_of(path: Path) -> set[str]:
    """The modules a file imports from our packages, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("rheostat", "rheostat_server")}


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_run_one_way(part: str) -> None:
    place = ROOT / "trainer_agent" / part
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert files
    for path in files:
        for name in imports_of(path):
            if name == "rheostat.__version__":
                continue
            assert any(name == home or name.startswith(home + ".") for home in ALLOWED[part]), (
                f"{path.relative_to(ROOT)} imports {name}, which lies above it"
            )
