"""What is known of a query once the first stage has answered, before anything is reranked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from nlpref.protocols import Retriever
from nlpref.retrieval.fusion import min_max
from nlpref.types import Hit

__all__ = ["SIGNALS", "Agreeing", "search_agreeing", "signals"]

SIGNALS = ("words", "found", "top", "gap", "shape", "spread", "agreement")
UNKNOWN = 0.5
"""Agreement of a first stage that has no parts."""


@runtime_checkable
class Agreeing(Protocol):
    """A retriever of several parts that says how far they agree on each query."""

    def search_agreeing(self, queries: Sequence[str], k: int) -> list[tuple[list[Hit], float]]:
        """What ``search`` gives, each with the agreement of the parts, 0 to 1."""
        ...


def search_agreeing(first: Retriever, queries: Sequence[str], k: int) -> list[tuple[list[Hit], float]]:
    """The hits of each query, and how far the parts of the first stage agree on them; 0.5 if it has no parts."""
    if isinstance(first, Agreeing):
        return first.search_agreeing(queries, k)
    return [(hits, UNKNOWN) for hits in first.search(queries, k)]


def signals(query: str, hits: Sequence[Hit], agreement: float) -> list[float]:
    """One number for each of ``SIGNALS``.

    - ``words``: logarithm of 1 + the words of the query; ``found``: the same of the hits.
    - ``top``: the best score as it is; 0 without a hit.
    - ``gap``: from the best score to the second, as a share of that from the best to the last.
    - ``shape``: mean of the scores brought to [0, 1]: small where one hit stands out, large where many are alike.
    - ``spread``: standard deviation of the scores over the size of their mean.
    - ``agreement``: as given.

    Source: Shtok et al. 2012 (the spread of the scores tells how well a query does); Arabzadeh et al. 2021 (whether a query is
    better left to the first stage can be told before it is reranked).

    Example:
        >>> dict(zip(SIGNALS, signals("lost parcel", [Hit("a", 4.0), Hit("b", 1.0), Hit("c", 0.0)], 0.3)))["gap"]
        0.75
    """
    scores = np.array([hit.score for hit in hits], dtype=np.float64)
    counted = [math.log1p(len(query.split())), math.log1p(len(scores))]
    if not len(scores):
        return [*counted, 0.0, 0.0, 0.0, 0.0, agreement]
    scaled, mean = min_max(scores), abs(float(scores.mean()))
    gap = float(scaled[0] - scaled[1]) if len(scores) > 1 else 1.0
    spread = float(scores.std()) / mean if mean else 0.0
    return [*counted, float(scores[0]), gap, float(scaled.mean()), spread, agreement]
