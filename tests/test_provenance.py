"""The git state of real checkouts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nlpref.provenance import git_state


def test_git_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) == {}
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    (tmp_path / "file").write_text("1")
    for command in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], check=True)
    clean = git_state(tmp_path)
    (tmp_path / "file").write_text("2")
    assert clean["git.dirty"] == "false"
    assert git_state(tmp_path) == {"git.commit": clean["git.commit"], "git.dirty": "true"}
    assert len(clean["git.commit"]) == 40


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state() == {}
