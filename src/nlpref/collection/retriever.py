"""A collection as a retriever, so that it is trained, evaluated and timed like the others."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.collection.building import row_texts
from nlpref.collection.collection import By, Collection
from nlpref.collection.settings import CollectionSettings
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import Encoder
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["CollectionRetriever"]


class CollectionRetriever(BaseEstimator):
    """Ranks by a ``Collection``, which ``fit`` makes in a temporary folder; ``collection_`` may then be changed and filtered.

    Args:
        encoder: Makes vectors; None for terms alone.
        by: What ranks: ``words``, ``vectors`` or ``both``.
        weight: Share of the words in ``both``.
        depth: Hits taken from each in ``both``.
        k1: As in ``CollectionSettings``, like all that follow.
        b: How much long documents are held back.
        stemmer: Snowball language, or None.
        stopwords: ``en``, ``en_long`` or None.
        method: Variant of BM25.
        delta: Of ``bm25l`` and ``bm25+``.
        title_weight: How many times the words of a title count.
        chunk: Words of a piece of a long document; None leaves documents whole.
        overlap: Words that a piece shares with the one before it.
        combine: What a document scores by its pieces: ``best`` or ``sum``.

    Example:
        >>> found = CollectionRetriever().fit([Document("a", "the parcel has arrived"), Document("b", "a refund")])
        >>> [hit.id for hit in found.search(["parcels arriving"])[0]]
        ['a']
    """

    def __init__(
        self,
        encoder: Encoder | None = None,
        by: By = "words",
        weight: float = 0.5,
        depth: int = 100,
        k1: float = 1.5,
        b: float = 0.75,
        stemmer: str | None = "english",
        stopwords: str | None = "en",
        method: str = "lucene",
        delta: float = 0.5,
        title_weight: int = 1,
        chunk: int | None = None,
        overlap: int = 0,
        combine: Literal["best", "sum"] = "best",
    ) -> None:
        self.encoder = encoder
        self.by = by
        self.weight = weight
        self.depth = depth
        self.k1 = k1
        self.b = b
        self.stemmer = stemmer
        self.stopwords = stopwords
        self.method = method
        self.delta = delta
        self.title_weight = title_weight
        self.chunk = chunk
        self.overlap = overlap
        self.combine = combine

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Index the documents; queries are not needed.

        Raises:
            InputError: if documents or queries do not fit, an id comes twice, or a setting is unknown.
        """
        settings = self._settings()
        documents = check_collection(documents, train, validation)
        vectors = None if self.encoder is None else self.encoder.encode(row_texts(documents, settings), role="document")
        home = tempfile.mkdtemp(prefix="nlpref-")
        made = Collection.create(home, settings, dim=None if self.encoder is None else self.encoder.dim)
        weakref.finalize(made, shutil.rmtree, home, ignore_errors=True)
        made.add(documents, vectors)
        self.collection_ = made
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, score falling, ties by id.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k, texts = check_cutoff(k), check_texts(queries)
        return self.collection_.search(texts, k, by=self.by, vectors=self._vectors(texts), weight=self.weight, depth=self.depth)

    def save(self, folder: Path) -> None:
        """Write the encoder and a copy of the collection."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self.collection_.export(made / "collection")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; the collection stays there, open to read."""
        retriever = storage.restore(cls, folder)
        retriever.collection_ = Collection.open(Path(folder) / "collection", verify=False)  # restore has verified it
        return retriever

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        return None if self.encoder is None or self.by == "words" else self.encoder.encode(texts, role="query")

    def _settings(self) -> CollectionSettings:
        if self.by not in ("words", "vectors", "both"):
            raise InputError(f"by is {self.by!r}, expected 'words', 'vectors' or 'both'")
        if self.by != "words" and self.encoder is None:
            raise InputError(f"by is {self.by!r}, and there is no encoder; give one, or search by='words'")
        return CollectionSettings(
            self.k1, self.b, self.stemmer, self.stopwords, self.method, self.delta,
            self.title_weight, self.chunk, self.overlap, self.combine,
        )  # fmt: skip

    def _check_fitted(self) -> None:
        if not hasattr(self, "collection_"):
            raise NotFittedError("CollectionRetriever is not fitted yet; call fit(documents) or load(folder)")
