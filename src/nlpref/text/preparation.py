"""Text preparation as one value: what a model does to a text before it learns from it or predicts for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from nlpref import storage
from nlpref.errors import InputError
from nlpref.text.tokenisers import WordTokeniser

__all__ = ["Preparation", "prepared", "words_of"]

Step = Callable[[str], str]
Tokeniser = Callable[[str], list[str]]
Roots = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Preparation:
    """Steps in the order given, then perhaps a tokeniser, then perhaps the roots of its words.

    Every part is a callable frozen dataclass, from ``nlpref.text`` or of your own, so that it is saved with the model: its
    class and its fields.

    Args:
        steps: Each takes a text and gives a text.
        tokeniser: Splits the text into words; None leaves it whole, except for ``roots``, which then gets the words of
            ``WordTokeniser``.
        roots: Takes words and gives as many: a stemmer or a lemmatiser.

    Raises:
        InputError: if a part is not a callable dataclass.

    Example:
        >>> from nlpref.text.normalisation import Casing, Handles, Hashtags
        >>> from nlpref.text.roots import SnowballStemmer
        >>> prepare = Preparation([Handles(), Hashtags(), Casing()], roots=SnowballStemmer())
        >>> prepare("@anna Cancelled my #TrainTickets")
        'user cancel my train ticket'
    """

    steps: Sequence[Step] = ()
    tokeniser: Tokeniser | None = None
    roots: Roots | None = None

    def __post_init__(self) -> None:
        if isinstance(self.steps, str) or not isinstance(self.steps, Sequence):
            raise InputError(f"steps is {self.steps!r}, expected a list of steps such as [Unicode(), Casing()]")
        parts: list[Any] = [*self.steps, *(part for part in (self.tokeniser, self.roots) if part is not None)]
        for part in parts:
            if isinstance(part, type) or not (callable(part) and dataclasses.is_dataclass(part)):
                raise InputError(
                    f"{part!r} cannot be part of a preparation: expected a callable frozen dataclass, as Casing() is"
                )

    @property
    def splits(self) -> bool:
        """Whether the prepared text is words with one blank between them."""
        return self.tokeniser is not None or self.roots is not None

    def __call__(self, text: str) -> str:
        """The prepared text."""
        return " ".join(self.words(text)) if self.splits else self._stepped(text)

    def words(self, text: str) -> list[str]:
        """The words of the prepared text; without a tokeniser, those of ``WordTokeniser``."""
        words = (self.tokeniser or WordTokeniser())(self._stepped(text))
        return words if self.roots is None else self.roots(words)

    def save(self, folder: Path) -> None:
        """Write classes and fields of all parts."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if the folder is absent or changed, or a part's class is not trusted.
        """
        return storage.restore(cls, folder)

    def _stepped(self, text: str) -> str:
        for step in self.steps:
            text = step(text)
        return text


def prepared(preparation: Preparation | None, texts: Sequence[str]) -> list[str]:
    """The texts as a model is to see them; as they are without a preparation."""
    return list(texts) if preparation is None else [preparation(text) for text in texts]


def words_of(preparation: Preparation | None, texts: Sequence[str]) -> list[list[str]]:
    """The words of each text as a model is to see them; without a preparation, lower-case words of ``WordTokeniser``."""
    if preparation is None:
        split = WordTokeniser()
        return [split(text.lower()) for text in texts]
    return [preparation.words(text) for text in texts]
