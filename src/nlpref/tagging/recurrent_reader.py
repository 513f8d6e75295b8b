"""Sentences as the recurrent network takes them: numbers of words, letters and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpref.neural.subwords import stack
from nlpref.protocols import Encoder
from nlpref.tagging.features import normalise
from nlpref.tagging.recurrent_network import PADDING, UNKNOWN
from nlpref.tagging.shapes import shape_id
from nlpref.text.vocabulary import Vocabulary

__all__ = ["Reader", "Sentence", "batch_of"]

LONGEST_WORD = 24
"""Letters of a word that are read: the first ones."""


@dataclass(frozen=True)
class Sentence:
    """Numbers of one sentence: of words and shapes, (n_tokens,), of letters, n_tokens lists, and vectors, (n_tokens, width)."""

    words: list[int]
    shapes: list[int]
    letters: list[list[int]]
    vectors: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True)
class Reader:
    """Turns sentences into numbers. Words are in lower case, with links, handles and digits folded; letters are as they stand.

    Args:
        words: Known words.
        letters: Known letters.
    """

    words: Vocabulary
    letters: Vocabulary

    @classmethod
    def learn(cls, sentences: Sequence[Sequence[str]], min_df: int) -> Self:
        """The words of some sentences, and all their letters.

        Args:
            sentences: To learn from.
            min_df: Sentences in which a word must occur.

        Raises:
            InputError: if no word is frequent enough.
        """
        words = Vocabulary.learn([[normalise(token) for token in tokens] for tokens in sentences], min_df)
        return cls(words, Vocabulary.learn([list("".join(tokens) or " ") for tokens in sentences]))

    @property
    def sizes(self) -> tuple[int, int]:
        """Embeddings that are needed for words and for letters: padding, the unknown one, the known ones."""
        return len(self.words) + 2, len(self.letters) + 2

    def __call__(self, sentences: Sequence[Sequence[str]], encoder: Encoder | None) -> list[Sentence]:
        """Numbers, and with an encoder the vectors of the words by themselves."""
        vectors = _vectors(encoder, sentences) if encoder is not None else {}
        return [self._read(tokens, vectors) for tokens in sentences]

    def _read(self, tokens: Sequence[str], vectors: dict[str, NDArray[np.float32]]) -> Sentence:
        words = [normalise(token) for token in tokens]
        letters = [[_number(self.letters.numbers, one) for one in token[:LONGEST_WORD]] or [UNKNOWN] for token in tokens]
        numbers = [_number(self.words.numbers, word) for word in words]
        rows = np.stack([vectors[word] for word in words]) if vectors and words else None
        return Sentence(numbers, [shape_id(token) for token in tokens], letters, rows)


def _number(known: dict[str, int], item: str) -> int:
    return known[item] + UNKNOWN + 1 if item in known else UNKNOWN


def _vectors(encoder: Encoder, sentences: Sequence[Sequence[str]]) -> dict[str, NDArray[np.float32]]:
    distinct = sorted({normalise(token) for tokens in sentences for token in tokens})
    return dict(zip(distinct, encoder.encode(distinct), strict=True)) if distinct else {}


def batch_of(sentences: Sequence[Sentence]) -> dict[str, Tensor]:
    """Some sentences of one word or more as one batch of the network's inputs, padded to the longest."""
    lengths = [len(one) for one in sentences]
    longest, most = max(lengths), max(len(word) for one in sentences for word in one.letters)
    letters = np.full((len(sentences), longest, most), PADDING, dtype=np.int64)
    for row, one in enumerate(sentences):
        letters[row, : len(one)] = stack(one.letters, most, PADDING)
    batch: dict[str, Any] = {
        "words": stack([one.words for one in sentences], longest, PADDING),
        "letters": letters,
        "shapes": stack([one.shapes for one in sentences], longest, PADDING),
        "lengths": np.array(lengths, dtype=np.int64),
    }
    if sentences[0].vectors is not None:
        vectors = np.zeros((len(sentences), longest, sentences[0].vectors.shape[1]), dtype=np.float32)
        for row, one in enumerate(sentences):
            vectors[row, : len(one)] = one.vectors
        batch["vectors"] = vectors
    return {name: torch.from_numpy(array) for name, array in batch.items()}
