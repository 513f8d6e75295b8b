"""Term matching over several segments at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.formula import Formula
from nlpref.collection.segment import Segment
from nlpref.collection.settings import CollectionSettings

__all__ = ["WordMatches"]

WARM = 2_000_000
"""Postings added up by numpy before the compiled loop is asked for: compiling takes longer than adding these."""
KEPT = 50_000_000
"""Postings whose gains are remembered from search to search, 8 bytes each."""
TOGETHER = 256
"""Queries that the compiled loop is given at once."""
SPARE = 32
"""Rows beyond ``k`` that it has room for, as their scores may be equal."""
UNTOUCHED = np.float32(-0.0)
"""Score of a row without any of the terms. It tells such a row from one whose score is 0: adding 0.0 to it gives 0.0."""
EXCLUDED = np.float32(-np.inf)
BLOCK = 64
"""Rows whose greatest score is looked at first; most blocks hold none of the best."""
_NOTHING = (np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32))


class _Term(NamedTuple):
    """Where a term's postings are in the pool, and what a row gets that does not hold it."""

    start: int
    end: int
    floor: np.float32


class WordMatches:
    """BM25 of the live rows of some segments; ``N``, document frequencies and mean length are theirs alone.

    A term's gains depend on them, so they are worked out when the term is first asked for, and kept until the collection
    changes.

    Args:
        segments: Their rows are numbered through.
        live: Which rows of each are live, (n_rows,).
        settings: How they are scored.
    """

    def __init__(self, segments: Sequence[Segment], live: Sequence[NDArray[np.bool_]], settings: CollectionSettings) -> None:
        self._segments = segments
        self._live = live
        self._all_live = [bool(rows.all()) for rows in live]
        self._formula = Formula(settings.method, settings.k1, settings.b, settings.delta)
        self._bases = np.cumsum([0, *(segment.n_rows for segment in segments)])
        self.n_rows = sum(int(rows.sum()) for rows in live)
        total = sum(
            int(segment.arrays["lengths"][rows].sum(dtype=np.int64)) for segment, rows in zip(segments, live, strict=True)
        )
        self.mean_length = total / self.n_rows if self.n_rows else 0.0
        self.empty = np.where(np.concatenate([np.zeros(0, dtype=bool), *live]), UNTOUCHED, EXCLUDED)
        self._scores = np.empty_like(self.empty)
        self._bits = self._scores.view(np.int32)
        self._blocks = np.empty(-(-len(self.empty) // BLOCK), dtype=np.int32)
        self._floors = settings.method in ("bm25l", "bm25+")
        self._forget()
        self._added = 0

    def score(self, terms: Sequence[str], empty: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Rows that hold one of the terms, rising, and their scores.

        Args:
            terms: Of the query; one that comes twice counts twice.
            empty: What ``restricted`` gave, or ``empty``.
        """
        self._forget_if_full()
        known = self._known(terms)
        if not known:
            return _NOTHING
        self._add(known, empty)
        rows = np.flatnonzero(self._bits >= 0)
        return rows, self._scores[rows] + _floor(known)

    def best(
        self, queries: Sequence[Sequence[str]], k: int, empty: NDArray[np.float32]
    ) -> list[tuple[NDArray[Any], NDArray[np.float32]]]:
        """For the terms of each query, the rows that score at least as much as the ``k``-th best, rising, and their scores."""
        found: list[tuple[NDArray[Any], NDArray[np.float32]]] = []
        for start in range(0, len(queries), TOGETHER):
            group = [self._known(terms) for terms in queries[start : start + TOGETHER]]
            self._added += sum(term.end - term.start for known in group for term in known)
            found += (
                self._best_compiled(group, k, empty) if self._added > WARM else [self._best(known, k, empty) for known in group]
            )
        return found

    def restricted(self, allowed: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``empty`` for a search among some rows only, (n_rows,)."""
        return np.where(allowed, self.empty, EXCLUDED)

    def _add(self, known: Sequence[_Term], empty: NDArray[np.float32]) -> None:
        self._scores[:] = empty
        for term in known:
            self._scores[self._rows[term.start : term.end]] += self._gains[term.start : term.end]

    def _best(self, known: Sequence[_Term], k: int, empty: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[np.float32]]:
        if not known:
            return _NOTHING
        self._add(known, empty)
        rows = np.flatnonzero(self._bits >= 0)
        if len(rows) > k:
            bits = self._bits[rows]
            rows = rows[bits >= np.partition(bits, len(bits) - k)[len(bits) - k]]
        return rows, self._scores[rows] + _floor(known)

    def _best_compiled(
        self, group: Sequence[Sequence[_Term]], k: int, empty: NDArray[np.float32]
    ) -> list[tuple[NDArray[Any], NDArray[np.float32]]]:
        compiled = _compiled()
        flat = [term for known in group for term in known]
        borders = np.cumsum([0, *map(len, group)])
        starts, ends = (np.array([term[side] for term in flat], dtype=np.int64) for side in (0, 1))
        k = min(k, len(self.empty))
        room = min(k + SPARE, len(self.empty))
        rows, scores = np.empty((len(group), room), dtype=np.int32), np.empty((len(group), room), dtype=np.float32)
        counts = np.zeros(len(group), dtype=np.int64)
        if flat:
            compiled.add_and_find(
                self._rows, self._gains, starts, ends, borders, empty, self._scores, self._bits,
                np.empty(k, dtype=np.int32), self._blocks, rows, scores, counts,
            )  # fmt: skip
        found = []
        for position, (known, count) in enumerate(zip(group, counts.tolist(), strict=True)):
            if count > room:  # more equal scores than there is room for
                found.append(self._best(known, k, empty))
            else:
                own = scores[position, :count]
                found.append((rows[position, :count], own + _floor(known) if self._floors else own))
        return found

    def _known(self, terms: Sequence[str]) -> list[_Term]:
        """The terms that some live row holds."""
        found = []
        for term in terms:
            if term not in self._terms:
                self._terms[term] = self._learn(term)
            if (known := self._terms[term]) is not None:
                found.append(known)
        return found

    def _forget_if_full(self) -> None:
        """Never between two terms of one search, which must be in the pool together."""
        if self._used > KEPT:
            self._forget()

    def _forget(self) -> None:
        self._terms: dict[str, _Term | None] = {}
        self._rows = np.empty(1 << 12, dtype=np.uint32)  # without a sign, the compiled loop is quicker
        self._gains = np.empty(1 << 12, dtype=np.float32)
        self._used = 0

    def _learn(self, term: str) -> _Term | None:
        parts = []
        for segment, live, whole, base in zip(self._segments, self._live, self._all_live, self._bases.tolist(), strict=False):
            if (postings := segment.postings(term)) is None:
                continue
            rows, counts = postings
            if not whole:
                kept = live[rows]
                rows, counts = rows[kept], counts[kept]
            parts.append((rows + np.int32(base), counts, segment.arrays["lengths"][rows]))
        holders = sum(len(rows) for rows, _, _ in parts)
        if not holders:
            return None
        start, end = self._used, self._used + holders
        self._grow(end)
        for rows, counts, lengths in parts:
            stop = self._used + len(rows)
            self._rows[self._used : stop] = rows
            self._gains[self._used : stop] = self._formula.gains(counts, lengths, self.mean_length, holders, self.n_rows)
            self._used = stop
        return _Term(start, end, self._formula.floor(holders, self.n_rows))

    def _grow(self, size: int) -> None:
        if size > len(self._rows):
            more = max(size, 2 * len(self._rows))
            for name in ("_rows", "_gains"):
                old = getattr(self, name)
                new = np.empty(more, dtype=old.dtype)
                new[: self._used] = old[: self._used]
                setattr(self, name, new)


def _floor(known: Sequence[_Term]) -> np.float32:
    """Summed as bm25s does."""
    total: np.float32 = np.array([term.floor for term in known], dtype=np.float32).sum()
    return total


def _compiled() -> Any:
    """Imported late: numba takes a while."""
    from nlpref.collection import compiled

    return compiled
