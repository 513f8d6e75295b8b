"""Dominance against its definition, tried on every pair."""

from hypothesis import given
from hypothesis import strategies as st

from nlpref.report.frontier import Point, dominated, frontier

# Few distinct values, so that ties in one or both coordinates are common.
POINTS = st.lists(st.builds(Point, st.sampled_from([0.1, 0.5, 0.5000001, 0.9]), st.sampled_from([1.0, 2.0, 3.0])), max_size=12)


def beats(a: Point, b: Point) -> bool:
    at_least = a.quality >= b.quality and a.latency_ms <= b.latency_ms
    return at_least and (a.quality > b.quality or a.latency_ms < b.latency_ms)


@given(POINTS)
def test_dominated_agrees_with_brute_force(points: list[Point]) -> None:
    assert dominated(points) == [any(beats(other, point) for other in points) for point in points]


@given(POINTS)
def test_frontier_is_what_nothing_dominates_fastest_first(points: list[Point]) -> None:
    rows = frontier(points)
    assert set(rows) == {row for row, point in enumerate(points) if not any(beats(other, point) for other in points)}
    assert [points[row].latency_ms for row in rows] == sorted(points[row].latency_ms for row in rows)
    assert [points[row].quality for row in rows] == sorted(points[row].quality for row in rows)
