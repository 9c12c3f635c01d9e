"""The commit that a job runs, read as git itself says it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from rheostat.agent.identity import environment, git_commit, host


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    run = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_the_commit_wherever_git_keeps_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "deep").mkdir(parents=True)
    assert git_commit(home) == ""
    git(home, "init", "-q")
    assert git_commit(home) == "", "no commit yet"
    git(home, "commit", "-q", "--allow-empty", "-m", "one")
    commit = git(home, "rev-parse", "HEAD")
    assert git_commit(home) == git_commit(home / "deep") == commit
    git(home, "pack-refs", "--all")
    assert git_commit(home) == commit
    git(home, "worktree", "add", "-q", str(tmp_path / "other"))
    assert git_commit(tmp_path / "other") == commit
    git(home, "checkout", "-q", "--detach")
    assert git_commit(home) == commit


def test_the_host_is_told() -> None:
    assert environment()["host"] == host()
