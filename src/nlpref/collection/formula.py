"""What one term adds to the score of a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Formula"]


@dataclass(frozen=True)
class Formula:
    """BM25 in the order of operations, and with the roundings, of bm25s, so that scores are the same to the last bit.

    Args:
        method: Variant, see ``Bm25Retriever``.
        k1: As there.
        b: As there.
        delta: As there.

    Source: Kamphuis et al. 2020, table 1; bm25s 0.3 (Lù 2024).
    """

    method: str
    k1: float
    b: float
    delta: float

    def rarity(self, holders: int, rows: int) -> float:
        """Inverse document frequency of a term that ``holders`` of ``rows`` rows hold."""
        match self.method:
            case "robertson":
                return math.log(max(1.0, (rows - holders + 0.5) / (holders + 0.5)))
            case "lucene":
                return math.log(1 + (rows - holders + 0.5) / (holders + 0.5))
            case "atire":
                return math.log(rows / holders)
            case "bm25l":
                return math.log((rows + 1) / (holders + 0.5))
        return math.log((rows + 1) / holders)

    def gains(
        self, counts: NDArray[Any], lengths: NDArray[np.int32], average: float, holders: int, rows: int
    ) -> NDArray[np.float32]:
        """What the rows that hold a term get for it, less ``floor``.

        Args:
            counts: How often each row holds it, (n,).
            lengths: Terms of each row, (n,).
            average: Mean of ``lengths`` over all rows.
            holders: Rows that hold the term.
            rows: All rows.
        """
        rarity = np.float32(self.rarity(holders, rows))
        found = rarity * self._saturated(counts.astype(np.float32), lengths, np.float64(average))
        return np.asarray(found - self.floor(holders, rows), dtype=np.float32)

    def floor(self, holders: int, rows: int) -> np.float32:
        """What a row gets for a term that it does not hold; 0 but for ``bm25l`` and ``bm25+``."""
        if self.method == "bm25l":
            none = ((self.k1 + 1) * self.delta) / (self.k1 + self.delta) if self.k1 + self.delta else 0.0
        else:
            none = self.delta if self.method == "bm25+" else 0.0
        return np.float32(self.rarity(holders, rows) * none)

    def _saturated(self, counts: NDArray[np.float32], lengths: NDArray[np.int32], average: np.float64) -> NDArray[np.float64]:
        k1, b = self.k1, self.b
        found: NDArray[np.float64]
        match self.method:
            case "robertson" | "lucene":
                found = counts / (k1 * ((1 - b) + b * lengths / average) + counts)
            case "atire":
                found = (counts * (k1 + 1)) / (counts + k1 * (1 - b + b * lengths / average))
            case "bm25l":
                spread = counts / (1 - b + b * lengths / average)
                found = ((k1 + 1) * (spread + self.delta)) / (k1 + spread + self.delta)
            case _:
                found = ((k1 + 1) * counts) / (k1 * (1 - b + b * lengths / average) + counts) + self.delta
        return found
