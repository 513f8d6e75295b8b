"""Texts that count as the same text."""

from __future__ import annotations

import unicodedata

__all__ = ["fold"]


def fold(text: str) -> str:
    """The text without differences of case, width, composition and spacing.

    Source: Unicode NFKC and full case folding, https://www.unicode.org/reports/tr15/.

    >>> fold("  Caf\\u0065\\u0301  OPEN\\n")
    'caf\\xe9 open'
    """
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
