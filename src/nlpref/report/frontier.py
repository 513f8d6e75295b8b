"""Which models are worth their time: quality against latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Point", "dominated", "frontier"]


@dataclass(frozen=True, slots=True)
class Point:
    """One model: ``quality``, higher is better, and ``latency_ms``, lower is better."""

    quality: float
    latency_ms: float


def dominated(points: Sequence[Point]) -> list[bool]:
    """Whether some other point is at least as good and at least as fast, and better in one of both.

    Two equal points do not dominate each other.

    Example:
        >>> dominated([Point(0.9, 20.0), Point(0.8, 1.0), Point(0.7, 5.0)])
        [False, False, True]
    """
    order = sorted(range(len(points)), key=lambda row: (points[row].latency_ms, -points[row].quality))
    answer = [False] * len(points)
    best: Point | None = None  # the best of what is as fast; the fastest one among equals
    for row in order:
        point = points[row]
        if best is None or point.quality > best.quality:
            best = point
        else:
            answer[row] = point != best
    return answer


def frontier(points: Sequence[Point]) -> list[int]:
    """Positions of the points that nothing dominates, fastest first."""
    beaten = dominated(points)
    return sorted((row for row in range(len(points)) if not beaten[row]), key=lambda row: points[row].latency_ms)
