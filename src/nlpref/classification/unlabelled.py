"""Texts without labels, from a file."""

from __future__ import annotations

from pathlib import Path

from nlpref.errors import InputError

__all__ = ["read_unlabelled"]


def read_unlabelled(file: str | None) -> list[str]:
    """The lines of a UTF-8 file that hold something; none without a file.

    Raises:
        InputError: if there is no such file, or it is not UTF-8.
    """
    if file is None:
        return []
    path = Path(file)
    if not path.is_file():
        raise InputError(f"unlabelled={file}: no such file; give a UTF-8 file with one text a line")
    try:
        return [line.strip() for line in path.read_text("utf-8").split("\n") if line.strip()]
    except UnicodeDecodeError as error:
        raise InputError(f"unlabelled={file}: not UTF-8 at byte {error.start}; convert it first") from None
