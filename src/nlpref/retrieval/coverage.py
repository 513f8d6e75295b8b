"""How much of what a query says stands in a text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

import Stemmer

__all__ = ["WordCoverage"]

WORD = re.compile(r"\w+")


class WordCoverage:
    """Share of a query's words that a text holds, rare words counting for more; word endings do not matter.

    Args:
        held_by: Number of texts that hold a word; a word that only one holds may be left out.
        n: Number of texts.

    Source: Robertson and Spärck Jones 1976 (weight of a rare word).

    Example:
        >>> coverage = WordCoverage.of(["the parcel", "the lamp", "the chair"])
        >>> coverage.share("the parcels", "the parcel"), coverage.share("the parcels", "no"), coverage.share("", "no")
        (1.0, 0.0, 0.0)
        >>> coverage.share("the parcels", "the lamp") < 0.5
        True
    """

    def __init__(self, held_by: Mapping[str, int], n: int) -> None:
        self.held_by = held_by
        self.n = n
        self._stemmer = Stemmer.Stemmer("english")

    @classmethod
    def of(cls, texts: Iterable[str]) -> WordCoverage:
        """Count the words of a collection."""
        made, counts, n = cls({}, 0), Counter[str](), 0
        for text in texts:
            counts.update(made._words(text))
            n += 1
        return cls({word: count for word, count in counts.items() if count > 1}, n)

    def share(self, query: str, text: str) -> float:
        """From 0 to 1; 0 for a query without words."""
        asked = self._words(query)
        total = sum(self._weight(word) for word in asked)
        return sum(self._weight(word) for word in asked & self._words(text)) / total if total else 0.0

    def _weight(self, word: str) -> float:
        return math.log((self.n + 1) / (self.held_by.get(word, 1) + 0.5))

    def _words(self, text: str) -> set[str]:
        return set(self._stemmer.stemWords(WORD.findall(text.lower())))
