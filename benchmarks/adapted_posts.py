"""MiniLM after more pretraining on posts; some experiments start from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from nlpref.errors import NlprefError

__all__ = ["ADAPTED", "adapt_to_posts"]

ADAPTED = "runs/adapted"
"""Folder of the weights, from the root of the repository."""
COMMAND = ("nlpref.adapt", "dataset=wnut17_with_unlabelled", "batch_size=128", "rate=3e-4", "epochs=5", f"out={ADAPTED}")


def adapt_to_posts(root: Path) -> None:
    """Five epochs of masked language modelling on 112,236 sentences, mostly posts, if the folder is not there.

    Some minutes on a GPU, many hours without.

    Raises:
        NlprefError: if it fails.
    """
    if not (root / ADAPTED).is_dir() and subprocess.run([sys.executable, "-m", *COMMAND], check=False, cwd=root).returncode:
        raise NlprefError(f"python -m {' '.join(COMMAND)} failed; nothing was written")
