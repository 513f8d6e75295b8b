"""Which texts go through the network together: batches of like length, within a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import numpy as np

__all__ = ["PACKINGS", "Packing", "Plan", "alone", "padded", "unpadded"]

Packing = Literal["padded", "unpadded", "alone"]
Plan = list[list[int]]
"""Indices of the texts of each batch; each index once, longest texts first, so that memory peaks at once."""

CALL_COST = 12
"""About what one more call of the network costs, in tokens of its own time; it steers batches and changes no answer."""
MAX_TOKENS = 8192
"""Largest batch, padding included. Larger ones need more memory and are no faster."""


def padded(lengths: Sequence[int], size: int, max_tokens: int = MAX_TOKENS) -> Plan:
    """The cheapest batches, where padding and every call have their price.

    Over the texts in order of length, the cost ``CALL_COST + texts * longest`` of all batches is made as small as it can
    be by dynamic programming, as a typesetter breaks lines.

    Args:
        lengths: Sub-words of each text.
        size: Most texts in a batch.
        max_tokens: Most tokens in a batch of more than one text.

    Source: Knuth and Plass 1981, Breaking Paragraphs into Lines.
    """
    if len(lengths) < 2:
        return alone(lengths)
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    width = np.array([lengths[row] for row in order], dtype=np.int64)
    best = np.full(len(order) + 1, np.iinfo(np.int64).max, dtype=np.int64)
    best[0] = 0
    came_from = np.zeros(len(order) + 1, dtype=np.int64)
    for start in range(len(order)):  # from each start, all ends at once
        longest = max(1, int(width[start]))
        counts = np.arange(1, min(size, max(1, max_tokens // longest), len(order) - start) + 1)
        cost = best[start] + CALL_COST + counts * longest
        ends = start + counts
        better = cost < best[ends]
        best[ends[better]] = cost[better]
        came_from[ends[better]] = start
    plan: Plan = []
    end = len(order)
    while end:
        plan.append(order[came_from[end] : end])
        end = int(came_from[end])
    return plan[::-1]


def unpadded(lengths: Sequence[int], size: int, max_tokens: int = MAX_TOKENS) -> Plan:
    """Batches of texts of the very same length, so that nothing is padded."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    plan: Plan = []
    for length, group in groupby(order, key=lambda row: lengths[row]):
        rows = list(group)
        step = min(size, max(1, max_tokens // max(1, length)))
        plan += [rows[start : start + step] for start in range(0, len(rows), step)]
    return plan


def alone(lengths: Sequence[int], size: int = 1, max_tokens: int = MAX_TOKENS) -> Plan:
    """Every text by itself."""
    return [[row] for row in sorted(range(len(lengths)), key=lambda row: -lengths[row])]


PACKINGS = {"padded": padded, "unpadded": unpadded, "alone": alone}
"""The ways to make batches, by name."""
