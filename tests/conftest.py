"""What all tests share: no skip goes unnoticed, and no test sees this user's own settings."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Properties see the same cases in every run, or a change would be refused for what it did not do;
# `make hunt` looks for new ones. How long an example takes says something of the machine, not of the code.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("hunt", deadline=None, print_blob=True)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test starts without RHEOSTAT_* settings and with a data folder of its own."""
    for name in list(os.environ):
        if name.startswith("RHEOSTAT_") and name not in ("RHEOSTAT_CHROMIUM", "RHEOSTAT_NO_SKIPS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path_factory.mktemp("data")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts processes comes first: then the workers end at about the same time."""
    items.sort(key=lambda item: item.get_closest_marker("process") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_line(
            f"*** {len(skipped)} TESTS WERE SKIPPED, see above ***", red=True, bold=True
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("RHEOSTAT_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
