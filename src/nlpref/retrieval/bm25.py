"""Term matching: BM25 over stemmed words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.retrieval.feedback import Feedback, TermCounts, relevance_model
from nlpref.retrieval.ordering import top_hits_among, top_rows
from nlpref.retrieval.spelling import KnownWords, Spelling
from nlpref.retrieval.terms import STOPWORDS, stems_of, words_of
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["Bm25Retriever", "check_bm25"]

METHODS = ("lucene", "robertson", "atire", "bm25l", "bm25+")


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
        title_weight: How often a word of the title is counted, against once for a word of the text; 0 leaves titles out.
        spelling: Reads a query's word that no document holds as near words that some do; None for no such guess.
        feedback: Searches once more with words of what was found first (RM3); None for one search.

    Source: Robertson and Zaragoza 2009; variants after Kamphuis et al. 2020, as computed by bm25s (Lù
    2024). Defaults of ``k1``, ``b`` and ``stopwords``: best nDCG@10 on the 809 train claims of SciFact.
    Weighted titles: Robertson, Zaragoza and Taylor 2004 (words are weighted before they are counted, scores are not).

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
        title_weight: int = 1,
        spelling: Spelling | None = None,
        feedback: Feedback | None = None,
    ) -> None:
        self.k1 = k1
        self.b = b
        self.stemmer = stemmer
        self.stopwords = stopwords
        self.method = method
        self.delta = delta
        self.title_weight = title_weight
        self.spelling = spelling
        self.feedback = feedback

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Index the documents; queries are not needed.

        Raises:
            InputError: if documents or queries do not fit, an id comes twice, or a setting is unknown.
        """
        self._check_settings()
        documents = check_collection(documents, train, validation)
        words = self._document_words(documents)
        tokens = stems_of(words, self.stemmer)
        self.ids_ = [document.id for document in documents]
        vocabulary: dict[str, int] = {"": 0}
        rows = [[vocabulary.setdefault(token, len(vocabulary)) for token in text] for text in tokens]
        self.index_ = bm25s.BM25(k1=self.k1, b=self.b, delta=self.delta, method=self.method)
        if any(rows):
            self.index_.index((rows, vocabulary), show_progress=False)
        else:
            # bm25s divides by the mean length; without any word, no query can match anyway
            self.index_.index(([[0]], {"": 0}), show_progress=False)
        if self.spelling is not None:
            self._known = KnownWords(Counter(word for text in words for word in set(text)))
        if self.feedback is not None:
            self._counts = TermCounts.of(rows)
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, score falling, ties by id.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        words = words_of(check_texts(queries), self.stopwords)
        if self.spelling is None and self.feedback is None:
            return [self._search(tokens, k) for tokens in stems_of(words, self.stemmer)]
        return [self._search_weighted(text, k) for text in words]

    def save(self, folder: Path) -> None:
        """Write ``ids.json``, the index as ``.npy`` and ``.json`` files, and what spelling and feedback need."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / "ids.json", self.ids_)
            self.index_.save(made / "index", allow_pickle=False, show_progress=False)
            if self.spelling is not None:
                storage.write_json(made / "words.json", self._known.counts)
            if self.feedback is not None:
                self._counts.save(made / "counts.npz")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        retriever = storage.restore(cls, folder)
        retriever.ids_ = storage.read_json(Path(folder) / "ids.json")
        retriever.index_ = bm25s.BM25.load(Path(folder) / "index", allow_pickle=False, show_progress=False)
        if retriever.spelling is not None:
            retriever._known = KnownWords(storage.read_json(Path(folder) / "words.json"))
        if retriever.feedback is not None:
            retriever._counts = TermCounts.load(Path(folder) / "counts.npz")
        return retriever

    def _search(self, tokens: list[str], k: int) -> list[Hit]:
        terms: list[int] = self.index_.get_tokens_ids(tokens)
        if not terms:
            return []
        postings: dict[str, Any] = self.index_.scores
        starts, documents = postings["indptr"], postings["indices"]
        held = np.zeros(len(self.ids_), dtype=np.bool_)
        for term in terms:
            held[documents[starts[term] : starts[term + 1]]] = True
        rows = np.flatnonzero(held)
        return top_hits_among(self.ids_, rows, self.index_.get_scores_from_ids(terms)[rows], k)

    def _search_weighted(self, words: Sequence[str], k: int) -> list[Hit]:
        weights = self._weights(words)
        if self.feedback is not None:
            rows, scores = self._scores(weights)
            best = top_rows([self.ids_[row] for row in rows.tolist()], scores, self.feedback.documents)
            found = [(int(rows[place]), float(scores[place])) for place in best]
            weights = relevance_model(weights, found, self._counts, self.feedback)
        return top_hits_among(self.ids_, *self._scores(weights), k)

    def _scores(self, weights: Mapping[int, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Documents that hold one of the terms, and the weighted sums of what the terms score there."""
        postings: dict[str, Any] = self.index_.scores
        starts, documents, gains = postings["indptr"], postings["indices"], postings["data"]
        scores, held = np.zeros(len(self.ids_)), np.zeros(len(self.ids_), dtype=bool)
        absent = self.index_.nonoccurrence_array  # what bm25l and bm25+ give a document without the term, left out of the gains
        for term, weight in weights.items():
            part = slice(int(starts[term]), int(starts[term + 1]))
            scores[documents[part]] += weight * gains[part]
            held[documents[part]] = True
            if absent is not None:
                scores += weight * float(absent[term])
        rows = np.flatnonzero(held)
        return rows, scores[rows]

    def _weights(self, words: Sequence[str]) -> dict[int, float]:
        """The query's terms by number: how often it has each, near words in place of words that no document holds."""
        known: Mapping[str, int] = self.index_.vocab_dict
        weights: dict[int, float] = {}
        [stems] = stems_of([words], self.stemmer)
        for word, stem in zip(words, stems, strict=True):
            readings = {word: 1.0} if self.spelling is None or stem in known else self._known.near(word, self.spelling)
            [read] = stems_of([list(readings)], self.stemmer)
            for reading, share in zip(read, readings.values(), strict=True):
                if reading in known:
                    weights[known[reading]] = weights.get(known[reading], 0.0) + share
        return weights

    def _document_words(self, documents: Sequence[Document]) -> list[list[str]]:
        titles = words_of([document.title for document in documents], self.stopwords)
        texts = words_of([document.text for document in documents], self.stopwords)
        return [title * self.title_weight + text for title, text in zip(titles, texts, strict=True)]

    def _check_settings(self) -> None:
        check_bm25(self.k1, self.b, self.stemmer, self.stopwords, self.method, self.title_weight)
        for given in (self.spelling, self.feedback):
            if given is not None:
                given.check()

    def _check_fitted(self) -> None:
        if not hasattr(self, "index_"):
            raise NotFittedError("Bm25Retriever is not fitted yet; call fit(documents) or load(folder)")


def check_bm25(k1: float, b: float, stemmer: str | None, stopwords: str | None, method: str, title_weight: int) -> None:
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
    if isinstance(title_weight, bool) or not isinstance(title_weight, int) or title_weight < 0:
        raise InputError(f"title_weight is {title_weight!r}, expected a whole number of at least 0")
    if not (k1 >= 0 and 0 <= b <= 1):
        raise InputError(f"expected k1 >= 0 and b from 0 to 1, got k1={k1}, b={b}")
