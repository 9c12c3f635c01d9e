"""Find a Chromium for the browser tests, or install one; prints its path, or nothing and why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""How every test starts it: without a display, and without calls to anywhere."""


def find() -> str | None:
    """A Chromium that is already here: named by RHEOSTAT_CHROMIUM, on the path, or Playwright's own."""
    named = os.environ.get("RHEOSTAT_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights_own()


def install() -> str | None:
    """Fetch one with Playwright's installer, else with the system's packages when we are root."""
    for command in (_playwright_install(), *_system_install()):
        print(f"no Chromium here; trying: {' '.join(command)}", file=sys.stderr)
        try:
            done = subprocess.run(command, stdout=sys.stderr, stderr=sys.stderr, timeout=600, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and (path := find()):
            return path
    return None


def _playwright_install() -> list[str]:
    return [sys.executable, "-m", "playwright", "install", "chromium"]


def _system_install() -> list[list[str]]:
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return []
    return [
        ["sh", "-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium"]
    ]


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = find() or install()
    if found is None:
        print(
            "*** NO CHROMIUM: the browser tests will be SKIPPED. "
            "Install one (as root: apt-get install chromium) or name it in RHEOSTAT_CHROMIUM. ***",
            file=sys.stderr,
        )
    print(found or "")
