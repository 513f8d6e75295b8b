"""Where the names of points go, so that none covers another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["place_labels"]

_TALL = 14.0
_LETTER = 6.8
"""Width of an average letter at 12 pixels: the page's font is not known here."""
_MARKER = 6.0

Box = tuple[float, float, float, float]


def place_labels(
    names: Sequence[str], spots: Sequence[tuple[float, float]], left: float, right: float
) -> list[tuple[float, float]]:
    """For each name an offset from its point in pixels; negative to the left means that the name ends there.

    Names are placed in the order given, each at the first place beside its point that meets neither a point nor
    a name placed before, within the frame if possible.

    Args:
        names: What is written.
        spots: Points in pixels.
        left: Left edge of the frame.
        right: Right edge of the frame.
    """
    taken: list[Box] = [(x - _MARKER, y - _MARKER, x + _MARKER, y + _MARKER) for x, y in spots]
    answer: list[tuple[float, float]] = []
    for name, (x, y) in zip(names, spots, strict=True):
        candidates = [(offset, _box(name, x, y, offset)) for offset in _offsets()]
        inside = [one for one in candidates if left <= one[1][0] and one[1][2] <= right] or candidates
        free = [one for one in inside if not any(_meet(one[1], other) for other in taken)]
        offset, box = (free or inside)[0]
        taken.append(box)
        answer.append(offset)
    return answer


def _offsets() -> Iterator[tuple[float, float]]:
    for dy in (12, -12, 26, -26, 40, -40):
        for dx in (8, -8):
            yield dx, dy


def _box(name: str, x: float, y: float, offset: tuple[float, float]) -> Box:
    start = x + offset[0] - (_LETTER * len(name) if offset[0] < 0 else 0)
    low = y + offset[1] - _TALL / 2
    return start, low, start + _LETTER * len(name), low + _TALL


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
