"""Nearest vectors by FAISS: all of them, a graph, a choice of cells, or short codes in place of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.retrieval.checks import check_cutoff, check_known, check_new, check_vectors
from nlpref.retrieval.faiss_kinds import CODED, MANY, REMOVABLE, Kind, build_index, kind_for, search_settings
from nlpref.retrieval.ordering import inner_products, top_hits
from nlpref.types import Hit

__all__ = ["FaissIndex"]

CHUNK = 64
"""FAISS builds a graph on one thread, hence always the same one, when at most 100 vectors come at once."""
MARGIN = 16
"""Candidates asked for beyond the cutoff, so that ties at the cutoff are seen."""


class FaissIndex(BaseEstimator):
    """Finds vectors of the largest inner product with FAISS.

    FAISS names the candidates; their scores are then computed once more, row by row, so that scores and
    the order of ties are those of ``ExactIndex`` whatever the number of queries. Where only codes are kept
    (``keep_vectors=False``), the scores are inner products with the vectors that the codes stand for: near
    the true ones for ``sq8``, off by about a tenth for ``pq``, so good for an order rather than a threshold.

    Args:
        kind: ``auto`` is ``flat`` or, for more than 20,000 vectors at the first ``add``, ``hnsw``, with twice the effort from
            300,000 on, by ``benchmarks/faiss_table.py``.
            ``flat`` compares with every vector and is exact; ``hnsw`` walks a graph and ``ivf`` looks
            into the nearest cells: both are faster on large collections, and miss a few. ``sq8`` searches
            codes of a byte for each component, ``pq`` of a byte for each part of several components;
            ``ivfsq8`` and ``ivfpq`` do so in the nearest cells.
        neighbours: Links of a vector in the graph (``hnsw``).
        effort: Candidates kept while the graph is searched (``hnsw``), at least two for each hit asked for; more finds more, and
            a collection of unlike texts, such as abstracts among posts, needs more than one of a kind.
        cells: Cells the vectors are clustered into (``ivf...``); None takes the square root of their number.
        probes: Cells looked into for one query (``ivf...``); more finds more.
        parts: Parts that a vector is cut into (``...pq``), and so bytes of its code; None takes parts of 8 components.
        keep_vectors: Keep the vectors beside their codes, and score the candidates with them. They take as much
            memory as ``flat``, but a loaded index leaves them on disk and reads the few that it needs.
        oversampling: Candidates scored so for each hit that is asked for.

    Raises:
        InputError: at the first ``add``, if ``kind`` is none of these.

    Source: Douze et al. 2024 (FAISS); Malkov and Yashunin 2018 (HNSW, and ``neighbours`` of 16 to 48); Jégou,
    Douze and Schmid 2011 (product quantisation, cells, and scoring candidates again).

    Example:
        >>> import numpy as np
        >>> index = FaissIndex("flat")
        >>> index.add(["north", "east"], np.eye(2, dtype=np.float32))
        >>> [hit.id for hit in index.search(np.array([[0.2, 0.9]], dtype=np.float32), k=5)[0]]
        ['east', 'north']
    """

    def __init__(
        self,
        kind: Kind = "auto",
        neighbours: int = 32,
        effort: int = 128,
        cells: int | None = None,
        probes: int = 8,
        parts: int | None = None,
        keep_vectors: bool = True,
        oversampling: int = 8,
    ) -> None:
        self.kind = kind
        self.neighbours = neighbours
        self.effort = effort
        self.cells = cells
        self.probes = probes
        self.parts = parts
        self.keep_vectors = keep_vectors
        self.oversampling = oversampling
        self._kind: str = kind
        self._ids: list[str] = []
        self._index: Any = None
        self._kept: NDArray[np.float32] | None = None
        self._longest = 0.0

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors, float32 (n, dim), under new ids; the first ones given fix ``dim``, cells and codes.

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
            self._kind = kind_for(len(rows)) if self.kind == "auto" else self.kind
            self._index = build_index(self._kind, rows, neighbours=self.neighbours, cells=self.cells, parts=self.parts)
        step = CHUNK if self._kind == "hnsw" else len(rows)
        for start in range(0, len(rows), step):
            self._index.add(rows[start : start + step])
        if self._keeps:
            self._kept = rows.copy() if self._kept is None else np.concatenate([self._kept, rows])
        self._ids += names
        self._longest = max(self._longest, float(np.linalg.norm(rows, axis=1).max()))

    def remove(self, ids: Sequence[str]) -> None:
        """Forget vectors; those of kind ``flat``, ``sq8`` and ``pq`` can.

        Raises:
            InputError: if an id is not in the index (nothing is removed then), or the kind cannot remove.
        """
        gone = set(check_known(ids, set(self._ids)))
        if not gone:
            return
        if self._kind not in REMOVABLE:
            raise InputError(f"an index of kind {self._kind!r} cannot remove vectors; use kind='flat', or build it anew")
        rows = np.array([row for row, id_ in enumerate(self._ids) if id_ in gone], dtype=np.int64)
        self._index.remove_ids(faiss.IDSelectorBatch(rows))
        if self._kept is not None:
            self._kept = np.delete(self._kept, rows, axis=0)
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
        fetch = (check_cutoff(self.oversampling, "oversampling") * k if self._keeps else k) + MARGIN
        while len(pending):
            fetch = min(fetch, len(self._ids))
            _, rows = self._index.search(queries[pending], fetch, params=self._settings(fetch))
            widen = []
            for position, candidates in zip(pending.tolist(), rows, strict=True):
                hits, seen_all = self._rescore(queries[position], candidates[candidates >= 0], k)
                found[position] = hits
                if not seen_all and fetch < len(self._ids) and len(candidates[candidates >= 0]) == fetch:
                    widen.append(position)
            pending = np.array(widen, dtype=np.int64)
            fetch *= 4
        return found

    def recall(self, vectors: NDArray[np.float32], k: int) -> float | None:
        """Share of the ``k`` nearest of each query vector (n_queries, dim) that are found, a mean over queries.

        All vectors are compared with, which takes as long as a search of kind ``flat``. None where there is nothing to compare
        with: codes alone are kept, or the index is empty.

        Raises:
            InputError: as ``search``.
        """
        found = self.search(vectors, k)
        if not found or not self._ids or (self._kind in CODED and self._kept is None):
            return None
        kept = self._index.reconstruct_batch(np.arange(len(self._ids))) if self._kept is None else self._kept
        nearest = (top_hits(self._ids, inner_products(kept, query), k) for query in np.asarray(vectors, dtype=np.float32))
        shares = [
            len({hit.id for hit in own} & {hit.id for hit in hits}) / len(own) for own, hits in zip(nearest, found, strict=True)
        ]
        return float(np.mean(shares))

    def save(self, folder: Path) -> None:
        """Write ``ids.json``, FAISS's own ``vectors.faiss``, and ``vectors.npy`` if vectors are kept beside their codes."""
        with storage.draft(self, folder) as made:
            storage.write_json(made / "ids.json", {"ids": self._ids, "longest": self._longest, "kind": self._kind})
            if self._index is not None:
                faiss.write_index(self._index, str(made / "vectors.faiss"))
            if self._kept is not None:
                np.save(made / "vectors.npy", self._kept, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; FAISS parses nothing before the sums are verified."""
        index = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / "ids.json")
        index._ids, index._longest = saved["ids"], saved["longest"]
        index._kind = saved.get("kind", index.kind)
        if (Path(folder) / "vectors.faiss").is_file():
            index._index = faiss.read_index(str(Path(folder) / "vectors.faiss"))
        if (Path(folder) / "vectors.npy").is_file():
            index._kept = np.load(Path(folder) / "vectors.npy", mmap_mode="r", allow_pickle=False)
        return index

    @property
    def _keeps(self) -> bool:
        return self.keep_vectors and self._kind in CODED

    def _settings(self, fetch: int) -> Any:
        harder = 2 if self.kind == "auto" and len(self) > MANY else 1
        return search_settings(self._kind, fetch, effort=harder * self.effort, probes=self.probes)

    def _rescore(self, query: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> tuple[list[Hit], bool]:
        """The best ``k`` candidates, and whether no vector beyond the candidates can tie with them."""
        if not len(rows):
            return [], True
        vectors = self._index.reconstruct_batch(rows) if self._kept is None else np.ascontiguousarray(self._kept[rows])
        scores = inner_products(vectors, query)
        hits = top_hits([self._ids[row] for row in rows], scores, k)
        rounding = 1e-5 * float(np.linalg.norm(query)) * self._longest
        return hits, len(hits) == k and float(scores.min()) < hits[-1].score - 2 * rounding
