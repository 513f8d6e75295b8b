"""TF-IDF features of word and character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpref import storage
from nlpref.classification.additive import Placed
from nlpref.classification.located import located_ngrams
from nlpref.errors import InputError, StorageError

__all__ = ["BLANKS", "WORD", "NgramFeatures"]

WORD = r"(?u)\b\w+\b"  # scikit-learn's own pattern drops words of one letter, such as "I" and "a"
BLANKS = r"\S+"
"""The pattern of a word in a text whose words are known, with blanks between them."""
TERMS = "terms.json"
IDF = "idf.npz"


class NgramFeatures:
    """Features (1 + ln tf) * idf, float32, each kind of n-gram scaled to unit length in a row.

    Args:
        word_ngrams: Shortest and longest run of words; None leaves words out.
        char_ngrams: Shortest and longest run of characters within a word, its borders padded with a
            blank; None leaves characters out.
        min_df: Texts in which an n-gram must occur.
        lowercase: Whether case is dropped.
        word: Pattern of a word.

    Raises:
        InputError: if a range is not (shortest, longest), or both are None.

    Source: Salton and Buckley 1988; scikit-learn's ``TfidfVectorizer`` with ``sublinear_tf``.
    """

    def __init__(
        self,
        word_ngrams: Sequence[int] | None,
        char_ngrams: Sequence[int] | None,
        min_df: int = 1,
        *,
        lowercase: bool = True,
        word: str = WORD,
    ) -> None:
        ranges = {"word": word_ngrams, "char_wb": char_ngrams}
        self.vectorizers = {
            kind: _vectorizer(kind, ngrams, min_df, lowercase, word) for kind, ngrams in ranges.items() if ngrams is not None
        }
        if not self.vectorizers:
            raise InputError("word_ngrams and char_ngrams are both None; give at least one of them")

    def fit_transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Learn n-grams and their idf from texts, and give the features of those texts.

        Raises:
            InputError: if no n-gram is frequent enough.
        """
        try:
            blocks = [vectorizer.fit_transform(texts) for vectorizer in self.vectorizers.values()]
        except ValueError as error:
            raise InputError(f"{len(texts)} texts have no n-grams to learn from: {error}") from error
        return sparse.hstack(blocks, format="csr")

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Features, sparse, (n_texts, n_ngrams)."""
        return sparse.hstack([vectorizer.transform(texts) for vectorizer in self.vectorizers.values()], format="csr")

    def places(self, text: str) -> list[Placed]:
        """Column, name and place of each known n-gram of a text, as often as it has it."""
        found: list[Placed] = []
        before = 0
        for vectorizer in self.vectorizers.values():
            known = vectorizer.vocabulary if vectorizer.vocabulary is not None else vectorizer.vocabulary_
            terms = located_ngrams(vectorizer, text)
            found += [(before + known[term], term, start, end) for term, start, end in terms if term in known]
            before += len(known)
        return found

    def save(self, folder: Path) -> None:
        """Write n-grams and idf into an existing folder."""
        terms = {kind: sorted(v.vocabulary_, key=v.vocabulary_.__getitem__) for kind, v in self.vectorizers.items()}
        storage.write_json(folder / TERMS, terms)
        idf: dict[str, NDArray[Any]] = {kind: vectorizer.idf_ for kind, vectorizer in self.vectorizers.items()}
        np.savez(folder / IDF, **idf)  # type: ignore[arg-type]

    def restore(self, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if n-grams and idf do not fit each other.
        """
        terms = storage.read_json(folder / TERMS)
        with np.load(folder / IDF, allow_pickle=False) as idf:
            for kind, vectorizer in self.vectorizers.items():
                if kind not in idf or len(idf[kind]) != len(terms.get(kind, ())):
                    raise StorageError(f"{folder}: {TERMS} and {IDF} do not fit each other for {kind!r} n-grams")
                vectorizer.vocabulary = {term: column for column, term in enumerate(terms[kind])}
                vectorizer.idf_ = idf[kind]
        return self


def _vectorizer(kind: str, ngrams: Sequence[int], min_df: int, lowercase: bool, word: str) -> TfidfVectorizer:
    if isinstance(ngrams, str) or len(ngrams) != 2 or not 1 <= ngrams[0] <= ngrams[1]:
        raise InputError(f"n-grams are given as (shortest, longest) with 1 <= shortest <= longest, got {ngrams!r}")
    return TfidfVectorizer(
        analyzer=kind,
        ngram_range=tuple(ngrams),
        token_pattern=word if kind == "word" else None,
        lowercase=lowercase,
        min_df=min_df,
        sublinear_tf=True,
        dtype=np.float32,
    )
