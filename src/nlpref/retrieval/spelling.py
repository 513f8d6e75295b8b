"""Words that no document holds, and the near words that some do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.retrieval.checks import check_cutoff

__all__ = ["KnownWords", "Spelling", "edit_distances"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Spelling:
    """How a word that no document holds is read as near words.

    Args:
        shortest: Letters that a word needs for one edit to be forgiven; shorter words, and those with a digit, are left.
        shortest_for_two: Letters that it needs for two edits.
        most: Near words taken for one, those of the fewest edits and then of the most documents.

    Source: the lengths are those of Lucene's ``fuzziness: AUTO``, one edit from 3 letters and two from 6, set higher
    because here a wrong guess is searched for as if it had been typed. On the train queries of SciFact and Cranfield this
    changes nearly nothing (+0.0005 and 0 nDCG@10), and makes up for all typing errors where a quarter of the long words has one.
    """

    shortest: int = 4
    shortest_for_two: int = 8
    most: int = 3

    def check(self) -> None:
        """See that the numbers fit.

        Raises:
            InputError: if one is below 1, or two edits come before one.
        """
        for name in ("shortest", "shortest_for_two", "most"):
            check_cutoff(getattr(self, name), name)
        if self.shortest_for_two < self.shortest:
            raise InputError(f"shortest_for_two is {self.shortest_for_two}, expected at least shortest, {self.shortest}")

    def edits(self, word: str) -> int:
        """Edits forgiven in a word, 0 to 2."""
        if len(word) < self.shortest or any(letter.isdigit() for letter in word):
            return 0
        return 1 if len(word) < self.shortest_for_two else 2


class KnownWords:
    """The words of a collection, to be found by near spellings.

    Args:
        counts: Documents that hold each word.

    Example:
        >>> KnownWords({"parcel": 3, "parcels": 1, "refund": 2}).near("parzel", Spelling())
        {'parcel': 1.0}
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(sorted(counts.items()))
        self._words = list(self.counts)
        self._lengths = np.array([len(word) for word in self._words], dtype=np.int64)
        self._letters = np.array([_letters(word) for word in self._words], dtype=np.uint64)

    def __contains__(self, word: str) -> bool:
        return word in self.counts

    def near(self, word: str, spelling: Spelling) -> dict[str, float]:
        """Near words and their weights, which sum to 1: by documents that hold them. Empty if there are none."""
        edits = spelling.edits(word)
        if not edits:
            return {}
        # an edit changes the set of letters by two at most: one leaves it and another enters
        few = np.bitwise_count(self._letters ^ np.uint64(_letters(word))) <= 2 * edits
        rows = np.flatnonzero((np.abs(self._lengths - len(word)) <= edits) & few)
        distances = edit_distances(word, [self._words[row] for row in rows.tolist()])
        near = distances.min(initial=edits + 1)
        if near > edits:
            return {}
        nearest = [self._words[row] for row in rows[distances == near].tolist()]
        best = sorted(nearest, key=lambda found: (-self.counts[found], found))[: spelling.most]
        total = sum(self.counts[found] for found in best)
        return {found: self.counts[found] / total for found in best}


def edit_distances(word: str, others: Sequence[str]) -> Integers:
    """Letters added, left out, exchanged, or swapped with their neighbour, to make one word of another, (n_others,).

    No letter is edited twice (optimal string alignment). All words are compared at once, cell by cell of the table.

    Source: Damerau 1964 (the four edits); Wagner and Fischer 1974 (the table).

    Example:
        >>> edit_distances("parcel", ["parcels", "pracel", "pasta"]).tolist()
        [1, 1, 4]
    """
    if not others:
        return np.zeros(0, dtype=np.int64)
    width = max(map(len, others))
    letters = np.full((len(others), width), -1, dtype=np.int64)
    for place, other in enumerate(others):
        letters[place, : len(other)] = [ord(letter) for letter in other]
    given = [ord(letter) for letter in word]
    rows = [np.tile(np.arange(width + 1), (len(others), 1))]
    for i, letter in enumerate(given, start=1):
        above, row = rows[-1], np.full((len(others), width + 1), i, dtype=np.int64)
        for j in range(1, width + 1):
            exchanged = above[:, j - 1] + (letters[:, j - 1] != letter)
            row[:, j] = np.minimum(np.minimum(above[:, j], row[:, j - 1]) + 1, exchanged)
            if i > 1 and j > 1:
                swapped = (letters[:, j - 1] == given[i - 2]) & (letters[:, j - 2] == letter)
                row[:, j] = np.where(swapped, np.minimum(row[:, j], rows[-2][:, j - 2] + 1), row[:, j])
        rows.append(row)
    found: Integers = rows[-1][np.arange(len(others)), [len(other) for other in others]]
    return found


def _letters(word: str) -> int:
    """The set of its letters as bits; letters that share a bit only make words look more alike."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return bits
