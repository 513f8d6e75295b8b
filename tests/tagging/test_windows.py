"""Windows over long sentences: laws of covering, and owners against a definition written out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.tagging.windows import owners, windows

SIZES = st.lists(st.integers(1, 6), max_size=40)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[int], int, int]:
    budget = draw(st.integers(2, 20))
    return draw(SIZES), budget, draw(st.integers(0, budget - 1))


@given(cases())
def test_windows_cover_fit_and_move_on(case: tuple[list[int], int, int]) -> None:
    sizes, budget, overlap = case
    found = windows(sizes, budget, overlap)
    assert {word for start, end in found for word in range(start, end)} == set(range(len(sizes)))
    for start, end in found:
        assert sum(sizes[start:end]) <= budget or end == start + 1
    for (start, end), (next_start, next_end) in pairwise(found):
        assert start < next_start <= end < next_end
        assert sum(sizes[next_start:end]) <= overlap
        # neither a longer window nor a longer overlap would have been allowed
        assert sum(sizes[start : end + 1]) > budget
        assert next_start == start + 1 or sum(sizes[next_start - 1 : end]) > min(overlap, budget - sizes[end])


@given(cases())
def test_every_word_has_one_owner_and_it_shows_most_context(case: tuple[list[int], int, int]) -> None:
    sizes, budget, overlap = case
    found, n_words = windows(sizes, budget, overlap), len(sizes)
    owned = owners(found, n_words)
    assert len(owned) == n_words

    def context(word: int, window: tuple[int, int]) -> float:
        start, end = window
        left = word - start if start > 0 else float("inf")
        right = end - 1 - word if end < n_words else float("inf")
        return min(left, right)

    for word, number in enumerate(owned):
        start, end = found[number]
        assert start <= word < end
        assert context(word, found[number]) == max(context(word, one) for one in found if one[0] <= word < one[1])
    assert owned == sorted(owned)


def test_by_hand() -> None:
    assert windows([1] * 10, budget=6, overlap=2) == [(0, 6), (4, 10)]
    assert owners([(0, 6), (4, 10)], 10) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert windows([3, 3, 3], budget=6, overlap=5) == [(0, 2), (1, 3)]
    assert windows([1, 1, 2], budget=2, overlap=1) == [(0, 2), (2, 3)]  # a window (1, 2) would bring nothing new
    assert windows([1, 9, 1], budget=4, overlap=2) == [(0, 1), (1, 2), (2, 3)]
    assert windows([], 4, 2) == []
    assert owners([], 0) == []


@pytest.mark.parametrize("n_words", [1, 6])
def test_what_fits_is_one_window(n_words: int) -> None:
    assert windows([1] * n_words, budget=6, overlap=3) == [(0, n_words)]
