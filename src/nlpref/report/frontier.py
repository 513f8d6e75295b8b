"""Which models are worth their time: quality against latency, and where it is known against cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.report.leaderboard import Leaderboard

__all__ = ["MOST_NAMED", "Point", "beats", "dominated", "dominators", "frontier", "numbers"]

MOST_NAMED = 10
"""With more timed models than this, those that are dominated carry a number in the plot, and the table says which is which."""


@dataclass(frozen=True, slots=True)
class Point:
    """One model: ``quality``, higher is better; ``latency_ms`` and ``cost``, lower is better."""

    quality: float
    latency_ms: float
    cost: float = 0.0


def beats(a: Point, b: Point) -> bool:
    """Whether ``a`` is at least as good, at least as fast and at least as cheap as ``b``, and not its equal."""
    return a != b and a.quality >= b.quality and a.latency_ms <= b.latency_ms and a.cost <= b.cost


def dominators(points: Sequence[Point]) -> list[int | None]:
    """For each point the position of one that beats it, itself beaten by none: the best, then the fastest; None if none does.

    Two equal points do not beat each other.

    Example:
        >>> dominators([Point(0.9, 20.0), Point(0.8, 1.0), Point(0.7, 5.0)])
        [None, None, 1]
    """
    answer: list[int | None] = []
    for point in points:
        stronger = [row for row, other in enumerate(points) if beats(other, point)]
        answer.append(
            max(stronger, key=lambda row: (points[row].quality, -points[row].latency_ms, -points[row].cost), default=None)
        )
    return answer


def dominated(points: Sequence[Point]) -> list[bool]:
    """Whether some other point is at least as good, as fast and as cheap, and better in one of these.

    Example:
        >>> dominated([Point(0.9, 20.0), Point(0.8, 1.0), Point(0.7, 5.0)])
        [False, False, True]
    """
    return [row is not None for row in dominators(points)]


def frontier(points: Sequence[Point]) -> list[int]:
    """Positions of the points that nothing dominates, fastest first."""
    beaten = dominated(points)
    return sorted((row for row in range(len(points)) if not beaten[row]), key=lambda row: points[row].latency_ms)


def numbers(board: Leaderboard) -> dict[str, int]:
    """The numbers that stand for models in the plot and before their names in the table; empty where names do.

    Timed models are numbered from 1, the best first.
    """
    timed = board.timed
    return {model.name: row for row, model in enumerate(timed, start=1)} if len(timed) > MOST_NAMED else {}
