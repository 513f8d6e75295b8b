"""The words that a model knows, in the order of their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from nlpref import storage
from nlpref.errors import InputError, StorageError

__all__ = ["Vocabulary"]

WORDS = "words.json"


@dataclass(frozen=True)
class Vocabulary:
    """Distinct words; the number of a word is its place.

    Args:
        words: The words.
    """

    words: tuple[str, ...]

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]], min_df: int = 1, most: int | None = None) -> Self:
        """The words of some texts, the most frequent first, those of equal frequency in order of their characters.

        Args:
            texts: The words of each text.
            min_df: Texts in which a word must occur.
            most: Words to keep at most; None keeps all.

        Raises:
            InputError: if no word is frequent enough, or a bound is below one.
        """
        if min_df < 1 or (most is not None and most < 1):
            raise InputError(f"expected min_df >= 1, and most >= 1 or None; got min_df={min_df}, most={most}")
        frequency = Counter(word for words in texts for word in set(words))
        kept = sorted((word for word, count in frequency.items() if count >= min_df), key=lambda word: (-frequency[word], word))
        if not kept:
            raise InputError(f"the texts have no word to learn from: {len(frequency)} words, none of them in {min_df} texts")
        return cls(tuple(kept[:most]))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def known(self, words: Sequence[str]) -> list[int]:
        """Numbers of the words that are known, in order; others are left out."""
        return [number for word in words if (number := self.numbers.get(word)) is not None]

    def save(self, folder: Path) -> None:
        """Write the words into an existing folder."""
        storage.write_json(folder / WORDS, list(self.words))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if it is no list of distinct words.
        """
        words = storage.read_json(folder / WORDS)
        if not isinstance(words, list) or len(set(words)) != len(words):
            raise StorageError(f"{folder / WORDS} is no list of distinct words")
        return cls(tuple(words))
