"""Meaning matching: documents and queries as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import NotFittedError
from nlpref.neural.cache import CachedEncoder
from nlpref.neural.session import current_session
from nlpref.protocols import Encoder, VectorIndex
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["DenseRetriever"]


class DenseRetriever(BaseEstimator):
    """Encodes every document once, then finds the vectors most similar to a query's.

    Args:
        encoder: Turns texts into vectors.
        index: Says how vectors are kept and found; must be empty, ``fit`` fills a fresh one like it.
        chunk: Documents encoded between two steps of the progress bar.
        cache: Keep the documents' vectors on disk by content (see ``CachedEncoder``), so that fitting again,
            or another retriever on the same documents, encodes only what is new. Queries are not cached.

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> from nlpref.retrieval import ExactIndex
        >>> documents = [Document("a", "Where is my parcel?"), Document("b", "I want my money back.")]
        >>> DenseRetriever(SentenceEncoder(), ExactIndex()).fit(documents).search(["refund"], k=1)[0][0].id
        'b'
    """

    def __init__(self, encoder: Encoder, index: VectorIndex, chunk: int = 256, cache: bool = True) -> None:
        self.encoder = encoder
        self.index = index
        self.chunk = chunk
        self.cache = cache

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Encode and index the documents; queries are not needed.

        Raises:
            InputError: if documents or queries do not fit, or an id comes twice.
        """
        documents = check_collection(documents, train, validation)
        chunk = check_cutoff(self.chunk, "chunk")
        encoder = CachedEncoder(self.encoder) if self.cache else self.encoder
        vectors = []
        with tqdm(total=len(documents), desc="encoding", unit="doc", disable=not current_session().progress) as bar:
            for start in range(0, len(documents), chunk):
                part = [document.content for document in documents[start : start + chunk]]
                vectors.append(encoder.encode(part, role="document"))
                bar.update(len(part))
        filled: VectorIndex = type(self.index)(**storage.parameters(self.index))
        filled.add([document.id for document in documents], np.concatenate(vectors))
        self.index_ = filled
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, similarity falling, ties by id.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        texts = check_texts(queries)
        return self.index_.search(self.encoder.encode(texts, role="query"), k) if texts else []

    def describe(self, queries: Sequence[JudgedQuery], k: int = 10) -> dict[str, Any]:
        """Share of the ``k`` nearest documents that an index which may miss some finds for queries; empty for others.

        Raises:
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        recall = getattr(self.index_, "recall", None)
        texts = [query.text for query in queries]
        found = recall(self.encoder.encode(texts, role="query"), k) if recall and texts else None
        return {} if found is None else {"neighbours": {f"recall@{k}": found, "queries": len(texts)}}

    def exceeds(self, queries: Sequence[str]) -> NDArray[np.bool_]:
        """Which queries are longer than the encoder takes, (n_queries,)."""
        queries = check_texts(queries)
        if not hasattr(self.encoder, "exceeds"):
            return np.zeros(len(queries), dtype=bool)
        told: NDArray[np.bool_] = self.encoder.exceeds(queries)
        return told

    def save(self, folder: Path) -> None:
        """Write the encoder and the filled index."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.index_.save(made / "filled")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        retriever = storage.restore(cls, folder)
        retriever.index_ = storage.load_component(Path(folder) / "filled")
        return retriever

    def _check_fitted(self) -> None:
        if not hasattr(self, "index_"):
            raise NotFittedError("DenseRetriever is not fitted yet; call fit(documents) or load(folder)")
