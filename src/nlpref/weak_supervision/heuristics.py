"""Questions to ask of a text, for ``HeuristicFunction``."""

from __future__ import annotations

import re

__all__ = ["is_short", "is_short_remark"]

SHORT = 5
_ASKS = re.compile(
    r"https?:|www\.|\.com\b|check|subscri|\bsubs?\b|chann?el|\bpl(?:ea)?[sz]e?\b|\b(?:my|our)\b|\bshare|\bfollow|\bvote|\bvisit",
    re.IGNORECASE,
)


def is_short(text: str) -> bool:
    """Whether a text has at most five words.

    >>> is_short("Love this song!"), is_short("I have loved this song for years")
    (True, False)
    """
    return len(text.split()) <= SHORT


def is_short_remark(text: str) -> bool:
    """Whether a text has at most twenty words, and nothing in it that asks the reader to go somewhere or do something.

    >>> is_short_remark("Love this song!"), is_short_remark("check my song"), is_short_remark("a b " * 11)
    (True, False, False)
    """
    return len(text.split()) <= 4 * SHORT and not _ASKS.search(text)
