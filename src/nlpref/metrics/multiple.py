"""Many tests at once: p-values that keep their meaning."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ALPHA", "holm"]

ALPHA = 0.05
"""Adjusted p-values above this are called chance."""


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted so that the chance of any false alarm among them stays below the level.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    answer = [0.0] * len(p_values)
    floor = 0.0
    for rank, row in enumerate(sorted(range(len(p_values)), key=lambda row: p_values[row])):
        floor = max(floor, min(1.0, p_values[row] * (len(p_values) - rank)))
        answer[row] = floor
    return answer
