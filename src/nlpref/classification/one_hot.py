"""One-hot features: which words a text has, not how often and not in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from scipy import sparse

from nlpref.classification.additive import Placed
from nlpref.classification.located import located_words
from nlpref.text.vocabulary import Vocabulary

__all__ = ["OneHotFeatures"]


class OneHotFeatures:
    """A column for each word of the training texts: 1 where the text has it, else 0.

    Args:
        min_df: Texts in which a word must occur.
    """

    def __init__(self, min_df: int = 1) -> None:
        self.min_df = min_df
        self.vocabulary = Vocabulary(())

    def fit_transform(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Learn the words of texts, each a list of words, and give the features of those texts.

        Raises:
            InputError: if no word is frequent enough.
        """
        self.vocabulary = Vocabulary.learn(texts, self.min_df)
        return self.transform(texts)

    def transform(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Features, sparse float32, (n_texts, n_words)."""
        rows = [sorted(set(self.vocabulary.known(words))) for words in texts]
        ends = np.cumsum([0, *map(len, rows)])
        columns = np.fromiter((column for row in rows for column in row), np.int32, int(ends[-1]))
        return sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(rows), len(self.vocabulary)))

    def places(self, words: Sequence[str], text: str) -> tuple[str, list[Placed]]:
        """Column, name and place of each known word, as often as a text has it, and the text that the places are in.

        That is the text given, or where not all of the words are in it, the words joined by blanks.
        """
        read, found = located_words(words, text)
        numbers = self.vocabulary.numbers
        return read, [(numbers[word], word, start, end) for word, start, end in found if word in numbers]

    def save(self, folder: Path) -> None:
        """Write the words into an existing folder."""
        self.vocabulary.save(folder)

    def restore(self, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        self.vocabulary = Vocabulary.load(folder)
        return self
