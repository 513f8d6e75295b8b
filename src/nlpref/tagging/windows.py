"""Long token lists in windows that overlap, so that each token is read with context on both sides."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["owners", "windows"]


def windows(sizes: Sequence[int], budget: int, overlap: int) -> list[tuple[int, int]]:
    """Cut a list of words into half-open ranges of at most ``budget`` sub-words.

    Args:
        sizes: Sub-words of each word.
        budget: Sub-words that fit into the model beside its special tokens.
        overlap: Sub-words, at most, that two neighbouring windows share; less than ``budget``.

    Returns:
        Ranges that cover every word, in order; a single one if all fit. A word larger than the budget
        stands in a window of its own.
    """
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(sizes):
        end, filled = start + 1, sizes[start]
        while end < len(sizes) and filled + sizes[end] <= budget:
            filled += sizes[end]
            end += 1
        found.append((start, end))
        if end == len(sizes):
            break
        next_start, shared = end, 0
        room = min(overlap, budget - sizes[end])  # the next window must bring at least one new word
        while next_start - 1 > start and shared + sizes[next_start - 1] <= room:
            next_start -= 1
            shared += sizes[next_start]
        start = next_start
    return found


def owners(ranges: Sequence[tuple[int, int]], n_words: int) -> list[int]:
    """For each word, the window that shows most of its context: the one whose edges are farthest away."""
    best = [(-1, 0)] * n_words
    for number, (start, end) in enumerate(ranges):
        for word in range(start, end):
            left = word - start if start else n_words
            right = end - 1 - word if end < n_words else n_words
            if min(left, right) > best[word][0]:
                best[word] = (min(left, right), number)
    return [number for _, number in best]
