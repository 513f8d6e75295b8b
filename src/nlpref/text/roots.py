"""Words brought to one form: stemming by rules against lemmas by a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nlpref.errors import InputError, MissingResourceError

if TYPE_CHECKING:
    from spacy.lookups import Table

__all__ = ["LookupLemmatiser", "SnowballStemmer"]


@dataclass(frozen=True)
class SnowballStemmer:
    """Cuts endings off by rules; quick, for any word, and what is left need not be a word.

    Args:
        language: A Snowball algorithm, such as ``english``, ``german`` or ``porter``.

    Raises:
        InputError: if there is no such algorithm.

    Source: Porter 1980; Porter 2001 (Snowball), by PyStemmer.

    >>> SnowballStemmer()(["studies", "studying", "better"])
    ['studi', 'studi', 'better']
    """

    language: str = "english"

    def __post_init__(self) -> None:
        import Stemmer

        if self.language not in Stemmer.algorithms():
            raise InputError(f"language is {self.language!r}, expected one of {', '.join(Stemmer.algorithms())}")

    def __call__(self, words: Sequence[str]) -> list[str]:
        import Stemmer

        return list(Stemmer.Stemmer(self.language).stemWords(list(words)))


@dataclass(frozen=True)
class LookupLemmatiser:
    """Replaces a word by its dictionary form from spaCy's table; a word that is not in it, nor in lower case, stays.

    The table knows no context: a form of several words, such as ``saw``, gets the same lemma everywhere. spaCy's rules would
    tell them apart, but need the parts of speech of a trained pipeline.

    Args:
        language: Code such as ``en`` or ``de``.

    Raises:
        MissingResourceError: if the tables of ``spacy-lookups-data`` are not installed; found when it is used.

    Source: spaCy's ``Lemmatizer`` in mode ``lookup``.
    """

    language: str = "en"

    def __call__(self, words: Sequence[str]) -> list[str]:
        table = _table(self.language)
        return [table.get(word) or table.get(word.lower()) or word for word in words]


@cache
def _table(language: str) -> Table:
    from spacy.lookups import load_lookups  # takes a second, and only those who ask for it need it

    try:
        return load_lookups(language, ["lemma_lookup"]).get_table("lemma_lookup")
    except ValueError as error:
        raise MissingResourceError(
            f"there is no table of lemmas for {language!r}: pip install 'nlpref[lemmas]' brings those of spacy-lookups-data "
            "(de, el, en, es, fr, it and others); SnowballStemmer needs none"
        ) from error
