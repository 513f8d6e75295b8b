"""Which of several overlapping entities are kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from nlpref.extraction.entity import Entity

__all__ = ["resolve"]


def resolve(entities: Iterable[Entity]) -> list[Entity]:
    """The disjoint ones whose scores sum to most, in the order of the text.

    If scores are probabilities, that is the choice with the most right entities to be expected. It is exact (weighted interval
    scheduling), in ``n log n``; of choices that are equal up to rounding, the one with the fewer entities is taken, then the one
    that ends earlier. An entity of score 0 is not kept.

    Source: Kleinberg and Tardos 2006, section 6.1.

    >>> found = [Entity(0, 8, "CITY", 0.7, "New York"), Entity(4, 8, "CITY", 0.4, "York"), Entity(0, 3, "CITY", 0.2, "New")]
    >>> [entity.text for entity in resolve(found)]
    ['New York']
    """
    given = sorted(entities, key=lambda entity: (entity.end, entity.start, -entity.score, entity.label))
    ends = [entity.end for entity in given]
    best: list[tuple[float, int]] = [(0.0, 0)]  # over the first n entities: their sum, and minus their number
    taken: list[bool] = []
    before: list[int] = []
    for row, entity in enumerate(given):
        before.append(bisect_right(ends, entity.start, 0, row))
        total, count = best[before[-1]]
        with_it = (round(total + entity.score, 12), count - 1)
        taken.append(with_it > best[-1])
        best.append(max(with_it, best[-1]))
    kept, row = [], len(given) - 1
    while row >= 0:
        if taken[row]:
            kept.append(given[row])
            row = before[row] - 1
        else:
            row -= 1
    return kept[::-1]
