"""Nearest vectors by FAISS: all of them, a graph, or a choice of cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import faiss
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.retrieval.checks import check_cutoff, check_known, check_new, check_vectors
from nlpref.retrieval.ordering import inner_products, top_hits
from nlpref.types import Hit

__all__ = ["FaissIndex"]

KINDS = ("flat", "hnsw", "ivf")
CHUNK = 64
"""FAISS builds a graph on one thread, hence always the same one, when at most 100 vectors come at once."""
MARGIN = 16
"""Candidates asked for beyond the cutoff, so that ties at the cutoff are seen."""


class FaissIndex(BaseEstimator):
    """Finds vectors of the largest inner product with FAISS.

    FAISS names the candidates; their scores are then computed once more, row by row, so that scores and
    the order of ties are those of ``ExactIndex`` whatever the number of queries.

    Args:
        kind: ``flat`` compares with every vector and is exact; ``hnsw`` walks a graph and ``ivf`` looks
            into the nearest cells: both are faster on large collections, and miss a few.
        neighbours: Links of a vector in the graph (``hnsw``).
        effort: Candidates kept while the graph is searched (``hnsw``); more finds more.
        cells: Cells the vectors are clustered into (``ivf``); None takes the square root of their number.
        probes: Cells looked into for one query (``ivf``); more finds more.

    Raises:
        InputError: at the first ``add``, if ``kind`` is none of these.

    Source: Douze et al. 2024 (FAISS); Malkov and Yashunin 2018 (HNSW, and ``neighbours`` of 16 to 48).

    Example:
        >>> import numpy as np
        >>> index = FaissIndex("flat")
        >>> index.add(["north", "east"], np.eye(2, dtype=np.float32))
        >>> [hit.id for hit in index.search(np.array([[0.2, 0.9]], dtype=np.float32), k=5)[0]]
        ['east', 'north']
    """

    def __init__(
        self,
        kind: Literal["flat", "hnsw", "ivf"] = "flat",
        neighbours: int = 32,
        effort: int = 128,
        cells: int | None = None,
        probes: int = 8,
    ) -> None:
        self.kind = kind
        self.neighbours = neighbours
        self.effort = effort
        self.cells = cells
        self.probes = probes
        self._ids: list[str] = []
        self._index: Any = None
        self._longest = 0.0

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors, float32 (n, dim), under new ids; the first ones given fix ``dim`` and the cells.

        Raises:
            InputError: if an id is not new, or the vectors do not fit.
        """
        names = check_new(ids, set(self._ids))
        rows = check_vectors(vectors, None if self._index is None else self._index.d)
        if len(names) != len(rows):
            raise InputError(f"got {len(names)} ids for {len(rows)} vectors, expected one id for each vector")
        if not names:
            return
        if self._index is None:
            self._index = self._build(rows)
        step = CHUNK if self.kind == "hnsw" else len(rows)
        for start in range(0, len(rows), step):
            self._index.add(rows[start : start + step])
        self._ids += names
        self._longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))

    def remove(self, ids: Sequence[str]) -> None:
        """Forget vectors; only a ``flat`` index can.

        Raises:
            InputError: if an id is not in the index (nothing is removed then), or the kind cannot remove.
        """
        gone = set(check_known(ids, set(self._ids)))
        if not gone:
            return
        if self.kind != "flat":
            raise InputError(f"an index of kind {self.kind!r} cannot remove vectors; use kind='flat', or build it anew")
        rows = np.array([row for row, id_ in enumerate(self._ids) if id_ in gone], dtype=np.int64)
        self._index.remove_ids(faiss.IDSelectorBatch(rows))
        self._ids = [id_ for id_ in self._ids if id_ not in gone]

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[Hit]]:
        """The ``k`` most similar for each query vector (n_queries, dim); fewer when fewer are found.

        Raises:
            InputError: if the vectors do not fit or ``k`` is below 1.
        """
        k = check_cutoff(k)
        queries = check_vectors(vectors, None if self._index is None else self._index.d)
        found: list[list[Hit]] = [[] for _ in queries]
        pending = np.arange(len(queries) if self._ids else 0)
        fetch = k + MARGIN
        while len(pending):
            fetch = min(fetch, len(self._ids))
            _, rows = self._index.search(queries[pending], fetch, params=self._effort(fetch))
            widen = []
            for position, candidates in zip(pending.tolist(), rows, strict=True):
                hits, seen_all = self._rescore(queries[position], candidates[candidates >= 0], k)
                found[position] = hits
                if not seen_all and fetch < len(self._ids) and len(candidates[candidates >= 0]) == fetch:
                    widen.append(position)
            pending = np.array(widen, dtype=np.int64)
            fetch *= 4
        return found

    def save(self, folder: Path) -> None:
        """Write ``ids.json`` and FAISS's own ``vectors.faiss``."""
        with storage.draft(self, folder) as made:
            storage.write_json(made / "ids.json", {"ids": self._ids, "longest": self._longest})
            if self._index is not None:
                faiss.write_index(self._index, str(made / "vectors.faiss"))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; FAISS parses nothing before the sums are verified."""
        index = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / "ids.json")
        index._ids, index._longest = saved["ids"], saved["longest"]
        if (Path(folder) / "vectors.faiss").is_file():
            index._index = faiss.read_index(str(Path(folder) / "vectors.faiss"))
        return index

    def _build(self, rows: NDArray[np.float32]) -> Any:
        dim = rows.shape[1]
        if self.kind == "flat":
            return faiss.IndexFlatIP(dim)
        if self.kind == "hnsw":
            return faiss.IndexHNSWFlat(dim, check_cutoff(self.neighbours, "neighbours"), faiss.METRIC_INNER_PRODUCT)
        if self.kind == "ivf":
            cells = min(len(rows), check_cutoff(self.cells or max(1, round(len(rows) ** 0.5)), "cells"))
            index: Any = faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, cells, faiss.METRIC_INNER_PRODUCT)
            index.cp.min_points_per_centroid = 1
            index.train(rows)
            index.make_direct_map()
            return index
        raise InputError(f"kind is {self.kind!r}, expected one of {', '.join(KINDS)}")

    def _effort(self, fetch: int) -> Any:
        if self.kind == "hnsw":
            return faiss.SearchParametersHNSW(efSearch=max(fetch, self.effort))  # type: ignore[attr-defined]
        if self.kind == "ivf":
            settings: Any = faiss.SearchParametersIVF()
            settings.nprobe = check_cutoff(self.probes, "probes")
            return settings
        return None

    def _rescore(self, query: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> tuple[list[Hit], bool]:
        """The best ``k`` candidates, and whether no vector beyond the candidates can tie with them."""
        if not len(rows):
            return [], True
        scores = inner_products(self._index.reconstruct_batch(rows), query)
        hits = top_hits([self._ids[row] for row in rows], scores, k)
        rounding = 1e-5 * float(np.linalg.norm(query)) * self._longest
        return hits, len(hits) == k and float(scores.min()) < hits[-1].score - 2 * rounding
