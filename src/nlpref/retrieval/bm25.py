"""Term matching: BM25 over stemmed words."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_EN_PLUS
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.retrieval.ordering import top_hits
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["Bm25Retriever", "check_bm25", "terms_of"]

METHODS = ("lucene", "robertson", "atire", "bm25l", "bm25+")
STOPWORDS = {None: frozenset[str](), "en": frozenset(STOPWORDS_EN), "en_long": frozenset(STOPWORDS_EN_PLUS)}
WORD = re.compile(r"(?u)\b\w\w+\b")

logging.getLogger("bm25s").setLevel(logging.WARNING)  # bm25s sets DEBUG when imported, and so writes into every program's log


class Bm25Retriever(BaseEstimator):
    """Ranks documents by the query's words that they hold: rare words and short documents count for more.

    Documents that share no word with the query are not returned.

    Args:
        k1: How slowly repeated words stop to count.
        b: How much long documents are held back, 0 to 1.
        stemmer: Snowball language whose word endings are cut, or None.
        stopwords: ``en`` leaves out 33 English function words, ``en_long`` 180 of them, None keeps all words.
        method: Variant: ``lucene``, ``robertson``, ``atire``, ``bm25l`` or ``bm25+``.
        delta: Lower bound of a match in ``bm25l`` and ``bm25+``; the others do not use it.

    Source: Robertson and Zaragoza 2009; variants after Kamphuis et al. 2020, as computed by bm25s (Lù
    2024). Defaults of ``k1``, ``b`` and ``stopwords``: best nDCG@10 on the 809 train claims of SciFact.

    Example:
        >>> found = Bm25Retriever().fit([Document("a", "the parcel has arrived"), Document("b", "a refund")])
        >>> [hit.id for hit in found.search(["parcels arriving"])[0]]
        ['a']
    """

    def __init__(
        self,
        k1: float = 1.5,
        b: float = 0.75,
        stemmer: str | None = "english",
        stopwords: str | None = "en",
        method: str = "lucene",
        delta: float = 0.5,
    ) -> None:
        self.k1 = k1
        self.b = b
        self.stemmer = stemmer
        self.stopwords = stopwords
        self.method = method
        self.delta = delta

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Index the documents; queries are not needed.

        Raises:
            InputError: if documents or queries do not fit, an id comes twice, or a setting is unknown.
        """
        self._check_settings()
        documents = check_collection(documents, train, validation)
        tokens = self._tokens([document.content for document in documents])
        self.ids_ = [document.id for document in documents]
        vocabulary: dict[str, int] = {"": 0}
        rows = [[vocabulary.setdefault(token, len(vocabulary)) for token in text] for text in tokens]
        self.index_ = bm25s.BM25(k1=self.k1, b=self.b, delta=self.delta, method=self.method)
        if any(rows):
            self.index_.index((rows, vocabulary), show_progress=False)
        else:
            # bm25s divides by the mean length; without any word, no query can match anyway
            self.index_.index(([[0]], {"": 0}), show_progress=False)
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, score falling, ties by id.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        return [self._search(tokens, k) for tokens in self._tokens(check_texts(queries))]

    def save(self, folder: Path) -> None:
        """Write ``ids.json`` and the index as ``.npy`` and ``.json`` files."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / "ids.json", self.ids_)
            self.index_.save(made / "index", allow_pickle=False, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        retriever = storage.restore(cls, folder)
        retriever.ids_ = storage.read_json(Path(folder) / "ids.json")
        retriever.index_ = bm25s.BM25.load(Path(folder) / "index", allow_pickle=False, show_progress=False)
        return retriever

    def _search(self, tokens: list[str], k: int) -> list[Hit]:
        terms: list[int] = self.index_.get_tokens_ids(tokens)
        if not terms:
            return []
        postings: dict[str, Any] = self.index_.scores
        starts, documents = postings["indptr"], postings["indices"]
        holders = np.unique(np.concatenate([documents[starts[term] : starts[term + 1]] for term in terms]))
        scores = self.index_.get_scores_from_ids(terms)[holders]
        return top_hits([self.ids_[row] for row in holders.tolist()], scores, k)

    def _tokens(self, texts: Sequence[str]) -> list[list[str]]:
        return terms_of(texts, self.stemmer, self.stopwords)

    def _check_settings(self) -> None:
        check_bm25(self.k1, self.b, self.stemmer, self.stopwords, self.method)

    def _check_fitted(self) -> None:
        if not hasattr(self, "index_"):
            raise NotFittedError("Bm25Retriever is not fitted yet; call fit(documents) or load(folder)")


def terms_of(texts: Sequence[str], stemmer: str | None, stopwords: str | None) -> list[list[str]]:
    """What BM25 counts of each text: words of two characters or more, in lower case, without stop words, stemmed.

    Args:
        texts: Any texts.
        stemmer: As in ``Bm25Retriever``.
        stopwords: As in ``Bm25Retriever``.
    """
    dropped = STOPWORDS[stopwords]
    words = [[word for word in WORD.findall(text.lower()) if word not in dropped] for text in texts]
    if stemmer is None:
        return words
    cut = Stemmer.Stemmer(stemmer)
    return [cut.stemWords(text) for text in words]


def check_bm25(k1: float, b: float, stemmer: str | None, stopwords: str | None, method: str) -> None:
    """Refuse settings that BM25 does not have.

    Raises:
        InputError: naming the setting.
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}, expected one of {', '.join(METHODS)}")
    if stopwords not in STOPWORDS:
        raise InputError(f"stopwords is {stopwords!r}, expected 'en', 'en_long' or None")
    if stemmer is not None and stemmer not in Stemmer.algorithms():
        raise InputError(f"stemmer is {stemmer!r}, expected None or one of {', '.join(Stemmer.algorithms())}")
    if not (k1 >= 0 and 0 <= b <= 1):
        raise InputError(f"expected k1 >= 0 and b from 0 to 1, got k1={k1}, b={b}")
