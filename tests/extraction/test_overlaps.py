"""Overlapping entities, against all choices there are."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.extraction import Entity, resolve


def entity(start: int, end: int, label: str, score: float) -> Entity:
    return Entity(start, end, label, score, "x" * (end - start))


entities = st.lists(
    st.builds(
        lambda start, length, label, score: entity(start, start + length, label, score),
        st.integers(0, 12), st.integers(1, 6), st.sampled_from("ab"), st.sampled_from((0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.9, 1.0)),
    ),
    max_size=9,
)  # fmt: skip


def disjoint(chosen: tuple[Entity, ...]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(sorted(chosen)))


@given(found=entities)
def test_the_sum_is_the_greatest_of_all_choices(found: list[Entity]) -> None:
    kept = resolve(found)
    assert disjoint(tuple(kept))
    assert kept == sorted(kept)
    assert all(one in found and one.score > 0 for one in kept)
    choices = [chosen for size in range(len(found) + 1) for chosen in combinations(found, size) if disjoint(chosen)]
    sums = [(round(sum(one.score for one in chosen), 9), len(chosen)) for chosen in choices]
    best = max(total for total, _ in sums)
    assert sum(one.score for one in kept) == pytest.approx(best, abs=1e-9)
    assert len(kept) == min(size for total, size in sums if total == best)
    assert resolve(found[::-1]) == kept


def test_by_hand() -> None:
    one, other, across = entity(0, 4, "a", 0.4), entity(4, 8, "a", 0.4), entity(2, 6, "b", 0.7)
    assert resolve([across, other, one]) == [one, other]  # 0.8 is more than 0.7
    assert resolve([across, one]) == [across]
    assert resolve([]) == []
    assert resolve([entity(0, 4, "a", 0.5), entity(0, 4, "b", 0.6)]) == [entity(0, 4, "b", 0.6)]


def test_thousands_are_no_matter() -> None:
    many = [entity(row, row + 50, "a", 0.5) for row in range(20_000)]
    assert len(resolve(many)) == 20_049 // 50


@pytest.mark.parametrize(("start", "end", "text"), [(3, 3, ""), (4, 3, ""), (-1, 2, "abc"), (0, 2, "abc")])
def test_an_entity_is_a_range_with_its_text(start: int, end: int, text: str) -> None:
    with pytest.raises(InputError, match="Entity needs 0 <= start < end"):
        Entity(start, end, "a", 1.0, text)
