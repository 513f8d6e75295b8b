"""Long texts cut into pieces of so many words."""

from __future__ import annotations

import re

__all__ = ["cut"]

_WORD = re.compile(r"\S+")


def cut(text: str, size: int | None, overlap: int = 0) -> list[tuple[int, int]]:
    """Where each piece starts and ends in the text; a text without words is one piece.

    Args:
        text: Any text.
        size: Words of a piece; None for one piece.
        overlap: Words that a piece shares with the one before it, below ``size``.

    Example:
        >>> [("one two three four"[start:end]) for start, end in cut("one two three four", 3, 1)]
        ['one two three', 'three four']
    """
    if size is None:
        return [(0, len(text))]
    words = [match.span() for match in _WORD.finditer(text)]
    if len(words) <= size:
        return [(0, len(text))]
    firsts = range(0, len(words) - overlap, size - overlap)
    return [(words[first][0], words[min(first + size, len(words)) - 1][1]) for first in firsts]
