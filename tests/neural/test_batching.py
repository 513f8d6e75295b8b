"""Batches against all possible ones, and by hand."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from nlpref.neural.batching import CALL_COST, Plan, alone, padded, unpadded

LENGTHS = st.lists(st.integers(1, 60), max_size=9)


def cost(plan: Plan, lengths: list[int]) -> int:
    return sum(CALL_COST + len(rows) * max(lengths[row] for row in rows) for rows in plan)


def cuts(order: list[int], size: int) -> Iterator[Plan]:
    """All ways to cut a list into runs of at most ``size``."""
    if not order:
        yield []
    for first in range(1, min(size, len(order)) + 1):
        for rest in cuts(order[first:], size):
            yield [order[:first], *rest]


@given(LENGTHS, st.integers(1, 5))
def test_padded_batches_are_the_cheapest_of_all(lengths: list[int], size: int) -> None:
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    plan = padded(lengths, size)
    assert [row for rows in plan for row in rows] == order
    assert max(map(len, plan), default=0) <= size
    assert cost(plan, lengths) == min(cost(other, lengths) for other in cuts(order, size))


@given(LENGTHS, st.integers(1, 5))
def test_unpadded_batches_hold_one_length_and_every_text_once(lengths: list[int], size: int) -> None:
    plan = unpadded(lengths, size)
    assert sorted(row for rows in plan for row in rows) == list(range(len(lengths)))
    assert all(len({lengths[row] for row in rows}) == 1 and len(rows) <= size for rows in plan)


def test_plans_by_hand() -> None:
    lengths = [3, 60, 4, 60, 30]
    assert padded(lengths, 8) == [[1, 3], [4], [2, 0]]  # one call more is cheaper than 30 tokens of padding, not than one
    assert unpadded(lengths, 8) == [[1, 3], [4], [2], [0]]
    assert alone(lengths) == [[1], [3], [4], [2], [0]]


def test_a_batch_keeps_to_its_budget_of_tokens() -> None:
    assert unpadded([100] * 5, 32, max_tokens=250) == [[0, 1], [2, 3], [4]]
    assert sorted(map(len, padded([100] * 5, 32, max_tokens=250))) == [1, 2, 2]
    assert padded([100], 32, max_tokens=10) == unpadded([100], 32, max_tokens=10) == [[0]]


def test_no_text_gives_no_batch() -> None:
    assert padded([], 4) == unpadded([], 4) == alone([]) == []
