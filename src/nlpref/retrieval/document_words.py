"""Which words each document holds, small enough to be kept beside any index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nlpref.retrieval.terms import WORD

__all__ = ["DocumentWords"]


class DocumentWords:
    """The set of words of each document, four bytes a word, and how long each document is.

    Two words share a number once in four thousand million times; then a document seems to hold a word that it lacks.

    Args:
        starts: Where each document begins in ``numbers``, (n_documents + 1,).
        numbers: CRC-32 of the words, rising within a document, (n_words,).
        lengths: Words of each document, (n_documents,).

    Example:
        >>> words = DocumentWords.of(["the lost parcel", "lost"])
        >>> words.overlap("lost parcel", [0, 1])[0].tolist()
        [1.0, 0.5]
    """

    def __init__(self, starts: NDArray[np.int64], numbers: NDArray[np.uint32], lengths: NDArray[np.int64]) -> None:
        self.starts = starts
        self.numbers = numbers
        self.lengths = lengths
        self._known, self._holders = np.unique(numbers, return_counts=True)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Read texts."""
        words = [_numbers(text) for text in texts]
        sets = [np.unique(np.array(found, dtype=np.uint32)) for found in words]
        starts = np.concatenate([[0], np.cumsum([len(found) for found in sets])]).astype(np.int64)
        lengths = np.array([len(found) for found in words], dtype=np.int64)
        return cls(starts, np.concatenate(sets) if sets else np.zeros(0, dtype=np.uint32), lengths)

    def overlap(self, query: str, rows: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Share of the query's words that some documents hold, and the same with rare words counted for more.

        A word counts by the logarithm of the number of documents over those that hold it, as in BM25.

        Args:
            query: Its words.
            rows: The documents, by place.

        Returns:
            Two arrays in [0, 1], (n_rows,); 0 for a query without a word.
        """
        wanted = np.unique(np.array(_numbers(query), dtype=np.uint32))
        held = np.zeros((len(rows), len(wanted)))
        if not len(wanted):
            return np.zeros(len(rows)), np.zeros(len(rows))
        for place, row in enumerate(rows):
            held[place] = np.isin(wanted, self.numbers[self.starts[row] : self.starts[row + 1]], assume_unique=True)
        rarity = self._rarity(wanted)
        return held.mean(axis=1), held @ rarity / rarity.sum()

    def save(self, file: Path) -> None:
        """Write one ``.npz`` file."""
        np.savez(file, starts=self.starts, numbers=self.numbers, lengths=self.lengths)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read what ``save`` wrote."""
        with np.load(file, allow_pickle=False) as saved:
            return cls(saved["starts"], saved["numbers"], saved["lengths"])

    def _rarity(self, wanted: NDArray[np.uint32]) -> NDArray[np.float64]:
        holders = np.zeros(len(wanted))
        if len(self._known):
            places = np.minimum(np.searchsorted(self._known, wanted), len(self._known) - 1)
            holders = np.where(self._known[places] == wanted, self._holders[places], 0).astype(np.float64)
        rarity: NDArray[np.float64] = np.log(1 + (len(self.lengths) - holders + 0.5) / (holders + 0.5))
        return rarity


def _numbers(text: str) -> list[int]:
    return [crc32(word.encode("utf-8", "surrogatepass")) for word in WORD.findall(text.lower())]
