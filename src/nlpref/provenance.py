"""Which source made a run."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["git_state"]


def git_state(folder: Path | None = None) -> dict[str, str]:
    """Commit of the checkout that a folder lies in, and whether tracked files differ; empty if it is none.

    Args:
        folder: Where to look; None for the source of nlpref if that is a checkout, else the working directory.
    """
    if folder is None:
        here = Path(__file__).resolve()
        tracked = _git(here.parent, "ls-files", "--error-unmatch", here.name) is not None
        folder = here.parent if tracked else Path.cwd()
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if commit is None or changes is None:
        return {}
    return {"git.commit": commit, "git.dirty": "true" if changes else "false"}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
