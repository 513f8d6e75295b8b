"""The words of a query and of a document that can match: without function words, whatever their endings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.text.roots import SnowballStemmer
from nlpref.text.words import Word, split_words

__all__ = ["Term", "roots", "terms"]

_LISTED = """
a an and any are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on
or our shall should so some such than that the their then there these they this those to was we were what when where whether
which who whom why will with would you your
"""
_FUNCTION_WORDS = frozenset(_LISTED.split())
"""Words that say nothing of the subject: Lucene's English list, question words, pronouns and auxiliaries."""
_STEMMER = SnowballStemmer()


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a text, and its root: empty for function words and signs, which match nothing."""

    word: Word
    root: str


def terms(text: str) -> list[Term]:
    """The words of a text in order, with their roots.

    Example:
        >>> [(term.word.text, term.root) for term in terms("How are parcels returned?")]
        [('How', ''), ('are', ''), ('parcels', 'parcel'), ('returned', 'return'), ('?', '')]
    """
    found = split_words(text)
    lower = [word.text.lower() for word in found]
    matching = [any(letter.isalnum() for letter in word) and word not in _FUNCTION_WORDS for word in lower]
    stems = _stems(lower)
    return [Term(word, stem if matches else "") for word, stem, matches in zip(found, stems, matching, strict=True)]


def roots(text: str) -> frozenset[str]:
    """The distinct roots of a text's words.

    Example:
        >>> sorted(roots("The parcels: which parcel?"))
        ['parcel']
    """
    return frozenset(term.root for term in terms(text) if term.root)


def _stems(words: Sequence[str]) -> list[str]:
    # PyStemmer takes no halves of surrogate pairs, which JSON can carry.
    return _STEMMER([word.encode("utf-8", "replace").decode("utf-8") for word in words])
