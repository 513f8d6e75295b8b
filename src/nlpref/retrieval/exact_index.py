"""Nearest vectors by brute force: the oracle of every other index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.retrieval.checks import check_cutoff, check_known, check_new, check_vectors
from nlpref.retrieval.ordering import inner_products, top_hits
from nlpref.types import Hit

__all__ = ["ExactIndex"]


class ExactIndex(BaseEstimator):
    """Compares a query with every vector by inner product, in numpy.

    Example:
        >>> import numpy as np
        >>> index = ExactIndex()
        >>> index.add(["north", "east"], np.eye(2, dtype=np.float32))
        >>> index.search(np.array([[0.2, 0.9]], dtype=np.float32), k=1)
        [[Hit(id='east', score=0.8999999761581421)]]
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._vectors: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors, float32 (n, dim), under new ids.

        Raises:
            InputError: if an id is not new, or the vectors do not fit.
        """
        names = check_new(ids, set(self._ids))
        rows = check_vectors(vectors, None if self._vectors is None else self._vectors.shape[1])
        if len(names) != len(rows):
            raise InputError(f"got {len(names)} ids for {len(rows)} vectors, expected one id for each vector")
        self._vectors = rows.copy() if self._vectors is None else np.concatenate([self._vectors, rows])
        self._ids += names

    def remove(self, ids: Sequence[str]) -> None:
        """Forget vectors.

        Raises:
            InputError: if an id is not in the index; nothing is removed then.
        """
        gone = set(check_known(ids, set(self._ids)))
        if gone and self._vectors is not None:
            self._vectors = self._vectors[[id_ not in gone for id_ in self._ids]]
            self._ids = [id_ for id_ in self._ids if id_ not in gone]

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[Hit]]:
        """The ``k`` most similar for each query vector (n_queries, dim); fewer when fewer are stored.

        Raises:
            InputError: if the vectors do not fit or ``k`` is below 1.
        """
        k = check_cutoff(k)
        stored = self._vectors
        queries = check_vectors(vectors, None if stored is None else stored.shape[1])
        if stored is None:
            return [[] for _ in queries]
        return [top_hits(self._ids, inner_products(stored, query), k) for query in queries]

    def save(self, folder: Path) -> None:
        """Write ``ids.json`` and ``vectors.npy``."""
        with storage.draft(self, folder) as made:
            storage.write_json(made / "ids.json", self._ids)
            if self._vectors is not None:
                np.save(made / "vectors.npy", self._vectors, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        index = storage.restore(cls, folder)
        index._ids = storage.read_json(Path(folder) / "ids.json")
        if (Path(folder) / "vectors.npy").is_file():
            index._vectors = np.load(Path(folder) / "vectors.npy", allow_pickle=False)
        return index
