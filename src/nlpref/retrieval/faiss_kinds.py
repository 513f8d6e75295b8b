"""The kinds of FAISS index: how each is built, and how hard it is searched."""

from __future__ import annotations

from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.retrieval.checks import check_cutoff

__all__ = ["CENTROIDS", "CODED", "KINDS", "MANY", "REMOVABLE", "SMALL", "Kind", "build_index", "kind_for", "search_settings"]

Kind = Literal["auto", "flat", "hnsw", "ivf", "sq8", "ivfsq8", "pq", "ivfpq"]
KINDS = ("flat", "hnsw", "ivf", "sq8", "ivfsq8", "pq", "ivfpq")
CODED = frozenset({"sq8", "ivfsq8", "pq", "ivfpq"})
"""Those that hold codes instead of vectors."""
REMOVABLE = frozenset({"flat", "sq8", "pq"})
"""Those that keep their rows one after the other, so that one can be taken out."""
CENTROIDS = 256
"""Code words of a part of a vector: a byte says which."""
SMALL = 20_000
"""Vectors that are compared with all of by ``auto``: exact, and a millisecond or two for a query of 384 components."""
MANY = 300_000
"""Vectors beyond which ``auto`` searches the graph twice as hard, or it would miss more than it does in smaller ones."""
PART = 8
"""Components in a part of a vector, if ``parts`` does not say otherwise."""


def kind_for(count: int) -> str:
    """What ``auto`` is for so many vectors: the choice of ``benchmarks/faiss_table.py``, and exact where that is quick anyway."""
    return "flat" if count <= SMALL else "hnsw"


def build_index(kind: str, rows: NDArray[np.float32], *, neighbours: int, cells: int | None, parts: int | None) -> Any:
    """An empty FAISS index, trained on the rows where it has something to learn.

    Args:
        kind: One of ``KINDS``.
        rows: Vectors to learn from, (n, dim).
        neighbours: Links of a vector in the graph (``hnsw``).
        cells: Cells of the kinds with ``ivf``; None takes the square root of the number of rows.
        parts: Parts that the kinds with ``pq`` cut a vector into, a byte each; None takes parts of 8 components.

    Raises:
        InputError: if the kind is unknown, or a number does not fit.
    """
    dim, metric = rows.shape[1], faiss.METRIC_INNER_PRODUCT
    if kind not in KINDS:
        raise InputError(f"kind is {kind!r}, expected auto or one of {', '.join(KINDS)}")
    if kind == "flat":
        return faiss.IndexFlatIP(dim)
    if kind == "hnsw":
        return faiss.IndexHNSWFlat(dim, check_cutoff(neighbours, "neighbours"), metric)
    bits = faiss.ScalarQuantizer.QT_8bit
    index: Any
    if kind == "sq8":
        index = faiss.IndexScalarQuantizer(dim, bits, metric)
    elif kind == "pq":
        index = faiss.IndexPQ(dim, _parts(dim, parts), 8, metric)
    else:
        count = min(len(rows), check_cutoff(cells or max(1, round(len(rows) ** 0.5)), "cells"))
        coarse = faiss.IndexFlatIP(dim)
        if kind == "ivf":
            index = faiss.IndexIVFFlat(coarse, dim, count, metric)
        elif kind == "ivfsq8":
            index = faiss.IndexIVFScalarQuantizer(coarse, dim, count, bits, metric)
        else:
            index = faiss.IndexIVFPQ(coarse, dim, count, _parts(dim, parts), 8, metric)
        index.cp.min_points_per_centroid = 1
    if kind in ("pq", "ivfpq"):
        index.pq.cp.min_points_per_centroid = 1
        # the code words are as many however few rows there are; to repeat rows moves no centroid
        rows = rows[np.arange(max(len(rows), CENTROIDS)) % len(rows)]
    index.train(rows)
    if kind.startswith("ivf"):
        index.make_direct_map()
    return index


def search_settings(kind: str, fetch: int, *, effort: int, probes: int) -> Any:
    """How hard one call searches for ``fetch`` candidates; None where there is nothing to say."""
    if kind == "hnsw":
        return faiss.SearchParametersHNSW(efSearch=max(2 * fetch, effort))  # type: ignore[attr-defined]
    if kind.startswith("ivf"):
        settings: Any = faiss.SearchParametersIVF()
        settings.nprobe = check_cutoff(probes, "probes")
        return settings
    return None


def _parts(dim: int, parts: int | None) -> int:
    if parts is None:
        return next(dim // size for size in range(min(PART, dim), 0, -1) if dim % size == 0)
    if dim % check_cutoff(parts, "parts"):
        raise InputError(f"parts is {parts}, which does not divide the {dim} components of a vector; give a divisor, or None")
    return parts
