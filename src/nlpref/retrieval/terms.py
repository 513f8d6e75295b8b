"""What is counted of a text: words, without function words and word endings."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import Stemmer
from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_EN_PLUS

__all__ = ["STOPWORDS", "WORD", "stems_of", "terms_of", "words_of"]

STOPWORDS = {None: frozenset[str](), "en": frozenset(STOPWORDS_EN), "en_long": frozenset(STOPWORDS_EN_PLUS)}
WORD = re.compile(r"(?u)\b\w\w+\b")

logging.getLogger("bm25s").setLevel(logging.WARNING)  # bm25s sets DEBUG when imported, and so writes into every program's log


def words_of(texts: Sequence[str], stopwords: str | None) -> list[list[str]]:
    """Words of two characters or more of each text, in lower case, without stop words.

    Args:
        texts: Any texts.
        stopwords: As in ``Bm25Retriever``.
    """
    dropped = STOPWORDS[stopwords]
    return [[word for word in WORD.findall(text.lower()) if word not in dropped] for text in texts]


def stems_of(words: Sequence[Sequence[str]], stemmer: str | None) -> list[list[str]]:
    """The words of each text without their endings.

    Args:
        words: Of each text, in lower case.
        stemmer: As in ``Bm25Retriever``.
    """
    if stemmer is None:
        return [list(text) for text in words]
    cut = Stemmer.Stemmer(stemmer)
    return [cut.stemWords(text) for text in words]


def terms_of(texts: Sequence[str], stemmer: str | None, stopwords: str | None) -> list[list[str]]:
    """What BM25 counts of each text.

    Args:
        texts: Any texts.
        stemmer: As in ``Bm25Retriever``.
        stopwords: As in ``Bm25Retriever``.

    Example:
        >>> terms_of(["The parcels are late"], "english", "en")
        [['parcel', 'late']]
    """
    return stems_of(words_of(texts, stopwords), stemmer)
