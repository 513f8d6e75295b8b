"""Dominance against its definition, tried on every pair."""

from hypothesis import given
from hypothesis import strategies as st

from nlpref.report.frontier import Point, dominated, dominators, frontier

# Few distinct values, so that ties in one or more coordinates are common.
QUALITY, TIMES = st.sampled_from([0.1, 0.5, 0.5000001, 0.9]), st.sampled_from([1.0, 2.0, 3.0])
POINTS = st.lists(st.builds(Point, QUALITY, TIMES), max_size=12)
PRICED = st.lists(st.builds(Point, QUALITY, TIMES, st.sampled_from([0.0, 0.1, 0.2])), max_size=12)


def beats(a: Point, b: Point) -> bool:
    at_least = a.quality >= b.quality and a.latency_ms <= b.latency_ms and a.cost <= b.cost
    return at_least and (a.quality > b.quality or a.latency_ms < b.latency_ms or a.cost < b.cost)


@given(POINTS | PRICED)
def test_dominated_agrees_with_brute_force(points: list[Point]) -> None:
    assert dominated(points) == [any(beats(other, point) for other in points) for point in points]


@given(POINTS | PRICED)
def test_what_dominates_is_itself_beaten_by_nothing(points: list[Point]) -> None:
    for point, row in zip(points, dominators(points), strict=True):
        if row is not None:
            assert beats(points[row], point)
            assert not any(beats(other, points[row]) for other in points)


@given(POINTS)
def test_frontier_is_what_nothing_dominates_fastest_first(points: list[Point]) -> None:
    rows = frontier(points)
    assert set(rows) == {row for row, point in enumerate(points) if not any(beats(other, point) for other in points)}
    assert [points[row].latency_ms for row in rows] == sorted(points[row].latency_ms for row in rows)
    assert [points[row].quality for row in rows] == sorted(points[row].quality for row in rows)


def test_a_slower_but_cheaper_model_is_not_dominated() -> None:
    assert dominated([Point(0.9, 1.0, 2.0), Point(0.9, 2.0, 1.0), Point(0.8, 2.0, 2.0)]) == [False, False, True]
