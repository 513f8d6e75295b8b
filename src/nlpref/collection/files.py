"""Files that survive a crash: what is written is on disk before the call returns."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["sync", "write_durably"]

PARTIAL = ".part"
"""Ending of a file that is not whole yet."""


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file so that readers, also after a crash, see the old content or the new, never a part."""
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Bring a file, or a folder's list of files, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
