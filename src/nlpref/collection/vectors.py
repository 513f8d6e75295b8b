"""The most similar vectors by inner product, exactly, over segments whose vectors lie on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.segment import Segment
from nlpref.retrieval.ordering import inner_products

__all__ = ["VectorMatches"]

BLOCK = 1 << 16
"""Vectors that are read at once."""
TOGETHER = 16
"""Queries for which each block is read once; their products take 4 bytes for each row and query."""


class VectorMatches:
    """Similarity of documents, each by its rows.

    A matrix product says which documents may be among the best; these are then compared alone, so that a score does not
    depend on what else is asked or stored.

    Args:
        segments: With vectors.
        firsts: First row of each document, rows and documents numbered through, (n_documents,).
        combine: What a document scores by its rows.
    """

    def __init__(self, segments: Sequence[Segment], firsts: NDArray[np.int64], combine: Literal["best", "sum"]) -> None:
        self._vectors = [segment.arrays["vectors"] for segment in segments]
        self._bases = np.cumsum([0, *map(len, self._vectors)])
        self._firsts = firsts
        self._most_rows = int(np.diff(firsts, append=self._bases[-1]).max(initial=1)) if combine == "sum" else 1
        self._reduce: Any = np.maximum if combine == "best" else np.add
        self._longest = max((_longest(vectors) for vectors in self._vectors), default=0.0)

    def best(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
        """For each query the documents that may be among the best ``k``, and their scores.

        Args:
            queries: Shape (n_queries, dim).
            k: Cutoff.
            allowed: Documents to search among, (n_documents,).
        """
        for start in range(0, len(queries), TOGETHER):
            group = queries[start : start + TOGETHER]
            for query, products in zip(group, self._products(group), strict=True):
                yield self._chosen(query, products, k, allowed)

    def _products(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        made = np.empty((len(queries), int(self._bases[-1])), dtype=np.float32)
        for base, vectors in zip(self._bases.tolist(), self._vectors, strict=False):
            for low in range(0, len(vectors), BLOCK):
                block = vectors[low : low + BLOCK]
                made[:, base + low : base + low + len(block)] = queries @ block.T
        return made

    def _chosen(
        self, query: NDArray[np.float32], products: NDArray[np.float32], k: int, allowed: NDArray[np.bool_]
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        if not allowed.any():
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
        scores = products if self._one_each else self._reduce.reduceat(products, self._firsts)
        documents = np.flatnonzero(allowed)
        near = scores[documents]
        if len(documents) > k:
            rounding = 2e-5 * float(np.linalg.norm(query)) * self._longest * self._most_rows
            documents = documents[near >= np.partition(near, len(near) - k)[len(near) - k] - rounding]
        return documents, self._exact(query, documents)

    @property
    def _one_each(self) -> bool:
        return len(self._firsts) == int(self._bases[-1])

    def _exact(self, query: NDArray[np.float32], documents: NDArray[np.intp]) -> NDArray[np.float32]:
        ends = np.append(self._firsts, self._bases[-1])[documents + 1]
        rows = [np.arange(low, high) for low, high in zip(self._firsts[documents].tolist(), ends.tolist(), strict=True)]
        borders = np.cumsum([0, *map(len, rows)])[:-1]
        wanted = np.concatenate(rows)
        found = np.empty(len(wanted), dtype=np.float32)
        home = np.searchsorted(self._bases, wanted, side="right") - 1
        for part, vectors in enumerate(self._vectors):
            own = home == part
            if own.any():
                found[own] = inner_products(vectors[wanted[own] - self._bases[part]], query)
        scores: NDArray[np.float32] = self._reduce.reduceat(found, borders)
        return scores


def _longest(vectors: NDArray[np.float32]) -> float:
    blocks = (vectors[low : low + BLOCK] for low in range(0, len(vectors), BLOCK))
    return max((float(np.sqrt(np.einsum("nd,nd->n", block, block).max())) for block in blocks), default=0.0)
