"""The inner loop of term matching, compiled when it is first called."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nlpref.collection.words import BLOCK

__all__ = ["add_and_find"]


@njit(nogil=True)
def add_and_find(
    rows: NDArray[np.uint32],
    gains: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    borders: NDArray[np.int64],
    empty: NDArray[np.float32],
    scores: NDArray[np.float32],
    bits: NDArray[np.int32],
    heap: NDArray[np.int32],
    blocks: NDArray[np.int32],
    found: NDArray[np.int32],
    found_scores: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:
    """For each query, add up what its terms give to rows, and find the rows that score at least as much as the k-th best.

    Args:
        rows: Postings of all terms known so far.
        gains: What each posting gives to its row.
        starts: Where the postings of the queries' terms start, (n_terms,).
        ends: Where they end.
        borders: Where each query's terms start among these, and where the last ends, (n_queries + 1,).
        empty: Scores of rows without any term, (n_rows,).
        scores: To be overwritten, (n_rows,).
        bits: The same memory as whole numbers: those of scores from 0 rise with the scores, all others are negative.
        heap: To be overwritten, (k,).
        blocks: To be overwritten, one for each block of rows.
        found: Takes the rows, rising, as many as it has room for, (n_queries, room).
        found_scores: Takes their scores, (n_queries, room).
        counts: Takes how many there are, (n_queries,).
    """
    n, k, room = len(bits), len(heap), found.shape[1]
    for query in range(len(counts)):
        for row in range(n):  # three times as fast as the assignment of a slice
            scores[row] = empty[row]
        for term in range(borders[query], borders[query + 1]):
            for at in range(starts[term], ends[term]):
                scores[rows[at]] += gains[at]
        heap[:] = -1
        for block in range(len(blocks)):
            low, high = block * BLOCK, min((block + 1) * BLOCK, n)
            top = bits[low]
            for row in range(low + 1, high):
                top = max(top, bits[row])
            blocks[block] = top
            if top <= heap[0]:
                continue
            for row in range(low, high):
                value = bits[row]
                if value > heap[0]:  # it takes the place of the least, and sinks
                    place = 0
                    while True:
                        child = 2 * place + 1
                        if child >= k:
                            break
                        if child + 1 < k and heap[child + 1] < heap[child]:
                            child += 1
                        if heap[child] >= value:
                            break
                        heap[place] = heap[child]
                        place = child
                    heap[place] = value
        least = max(heap[0], 0)
        count = 0
        for block in range(len(blocks)):
            if blocks[block] >= least:
                for row in range(block * BLOCK, min((block + 1) * BLOCK, n)):
                    if bits[row] >= least:
                        if count < room:
                            found[query, count] = row
                            found_scores[query, count] = scores[row]
                        count += 1
        counts[query] = count
