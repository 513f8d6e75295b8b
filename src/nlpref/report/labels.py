"""Where the names of points go, so that none covers another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["place_labels"]

_TALL = 14.0
_LETTER = 6.8
"""Width of an average letter at 12 pixels: the page's font is not known here."""
_MARKER = 6.0

Box = tuple[float, float, float, float]
Placed = tuple[str, float, float]


def place_labels(
    names: Sequence[str],
    spots: Sequence[tuple[float, float]],
    left: float,
    right: float,
    short: Sequence[str] = (),
    bars: Sequence[tuple[float, float]] = (),
) -> list[Placed]:
    """For each point what is written, and its offset in pixels; negative to the left means that the text ends there.

    Names are placed in the order given, each at the first place beside its point that meets neither a point nor
    a text placed before, within the frame if possible.

    Args:
        names: What is written.
        spots: Points in pixels.
        left: Left edge of the frame.
        right: Right edge of the frame.
        short: For each name what is written where there is no room for it nearby, such as a number.
        bars: For each point where a bar through it begins and ends, in pixels upwards; crossed only if there is no other place.
    """
    taken: list[Box] = [(x - _MARKER, y - _MARKER, x + _MARKER, y + _MARKER) for x, y in spots]
    lines = [(x - 1, low, x + 1, high) for (x, _), (low, high) in zip(spots, bars, strict=False)]
    answer: list[Placed] = []
    for row, (name, (x, y)) in enumerate(zip(names, spots, strict=True)):
        places = [(text, *offset) for text in (name, *short[row : row + 1]) for offset in _offsets(near=bool(short))]
        candidates = [(place, _box(place, x, y)) for place in places]
        inside = [one for one in candidates if left <= one[1][0] and one[1][2] <= right] or candidates
        shortest = [one for one in inside if one[0][0] == places[-1][0]]
        free = [one for one in inside if not any(_meet(one[1], other) for other in taken)]
        ranked = sorted(free, key=lambda one: (one[0][0] != name, any(_meet(one[1], line) for line in lines)))
        place, box = (ranked or shortest or inside)[0]
        taken.append(box)
        answer.append(place)
    return answer


def _offsets(*, near: bool) -> Iterator[tuple[float, float]]:
    """Places beside a point; only the near ones leave no doubt about whose name it is where points are many."""
    for dy in (12, -12, 0, 20, -20) if near else (12, -12, 26, -26, 40, -40):
        for dx in (8, -8):
            yield dx, dy


def _box(place: Placed, x: float, y: float) -> Box:
    text, dx, dy = place
    start = x + dx - (_LETTER * len(text) if dx < 0 else 0)
    low = y + dy - _TALL / 2
    return start, low, start + _LETTER * len(text), low + _TALL


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
