"""A classifier whose log odds can be worked out by hand: each word of a table adds its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["Counting"]


class Counting:
    """Log odds of "yes" are the sum over the words that it knows; ``asked`` keeps how many texts it was given each time."""

    labels = ("no", "yes")

    def __init__(self, table: Mapping[str, float]) -> None:
        self.table = table
        self.asked: list[int] = []

    def predict_proba(self, texts: Sequence[str]) -> Any:
        self.asked.append(len(texts))
        odds = np.array([sum(self.table.get(word, 0.0) for word in text.split()) for text in texts])
        yes = 1 / (1 + np.exp(-odds))
        return np.stack([1 - yes, yes], axis=1)
