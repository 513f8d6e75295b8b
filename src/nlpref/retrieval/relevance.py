"""How probable it is that a hit is relevant, from what is known of it and of the hits beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from nlpref.types import Hit

__all__ = ["EVIDENCE", "RelevanceModel", "evidence"]

Floats = NDArray[np.float64]
EVIDENCE = ("score", "lead", "standing", "rank", "coverage", "words")
"""What is known of every hit; each further opinion adds the opinion itself and its lead."""


def evidence(
    query: str,
    hits: Sequence[Hit],
    coverage: Sequence[float],
    opinions: Sequence[Sequence[float]] = (),
    *,
    relative: bool = False,
) -> Floats:
    """Numbers about each hit of a query, (n_hits, n_evidence).

    - ``score``: as the retriever gave it, or as a share of the best hit's; ``lead``: by how much it is above the best of the
      other hits.
    - ``standing``: standard deviations of the others above their mean.
    - ``rank``: logarithm of the place, 0 for the first; ``words``: logarithm of 1 + the words of the query.
    - ``coverage``: share of the query's words in the text, see ``nlpref.retrieval.coverage``.

    Args:
        query: The query.
        hits: Its hits, best first.
        coverage: Of each hit.
        opinions: Further scores of each hit, such as a cross-encoder's; of each the score and its lead are added.
        relative: Whether the retriever's scores compare hits of one query alone, not of several: divided by the largest then.

    Example:
        >>> found = evidence("lost parcel", [Hit("a", 3.0), Hit("b", 1.0)], [1.0, 0.5], [[0.9, 0.7]])
        >>> found[:, [0, 1, 3, 4, 6]].round(2).tolist(), found[:, 7].round(2).tolist()
        ([[3.0, 2.0, 0.0, 1.0, 0.9], [1.0, -2.0, 0.69, 0.5, 0.7]], [0.2, -0.2])
    """
    scores = np.array([hit.score for hit in hits], dtype=np.float64)
    if relative:
        scores = scores / (np.abs(scores).max(initial=0.0) or 1.0)
    n = len(scores)
    words = np.full(n, math.log1p(len(query.split())))
    columns = [scores, _leads(scores), _standing(scores), np.log1p(np.arange(n)), np.asarray(coverage, dtype=np.float64), words]
    for given in opinions:
        opinion = np.asarray(given, dtype=np.float64)
        columns += [opinion, _leads(opinion)]
    return np.stack(columns, axis=1).reshape(n, len(columns))


@dataclass(frozen=True)
class RelevanceModel:
    """Logistic regression of relevance on evidence.

    Args:
        centre: Mean of each column of the evidence.
        scale: Standard deviation of each; 1 where it does not vary.
        weights: Of the columns, once centred and scaled.
        bias: What is added.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def fitted(cls, table: Floats, relevant: NDArray[np.bool_], counts: Floats) -> RelevanceModel:
        """Learn from judged hits.

        If all are relevant, or none is, their share is all that there is to say: (relevant + 1) / (n + 2).

        Args:
            table: Evidence, (n_hits, n_evidence).
            relevant: (n_hits,).
            counts: How much each hit counts, (n_hits,).
        """
        deviation = table.std(axis=0) if len(table) else np.ones(table.shape[1])
        centre = table.mean(axis=0) if len(table) else np.zeros(table.shape[1])
        scale = np.where(deviation > 1e-9, deviation, 1.0)
        share = (relevant.sum() + 1) / (len(relevant) + 2)
        weights, bias = np.zeros(table.shape[1]), math.log(share / (1 - share))
        if 0 < relevant.sum() < len(relevant):
            model = LogisticRegression(C=1.0, max_iter=2000)
            model.fit((table - centre) / scale, relevant, sample_weight=counts)
            weights, bias = model.coef_[0], float(model.intercept_[0])
        return cls(tuple(centre.tolist()), tuple(scale.tolist()), tuple(weights.tolist()), bias)

    def probabilities(self, table: Floats) -> Floats:
        """Of each hit that it is relevant, (n_hits,)."""
        margins = ((table - np.array(self.centre)) / np.array(self.scale)) @ np.array(self.weights) + self.bias
        return np.asarray(expit(margins), dtype=np.float64)

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> RelevanceModel:
        """A model from what ``dataclasses.asdict`` made of it, once it was JSON."""
        return cls(tuple(saved["centre"]), tuple(saved["scale"]), tuple(saved["weights"]), saved["bias"])


def _others(scores: Floats) -> Floats:
    """Of each of n scores the n - 1 others, (n, n - 1)."""
    n = len(scores)
    return np.broadcast_to(scores, (n, n))[~np.eye(n, dtype=bool)].reshape(n, n - 1)


def _leads(scores: Floats) -> Floats:
    best = _others(scores).max(axis=1) if len(scores) > 1 else scores
    return np.asarray(scores - best, dtype=np.float64)


def _standing(scores: Floats) -> Floats:
    if len(scores) < 3:
        return np.zeros_like(scores)
    others = _others(scores)
    spread = others.std(axis=1)
    level = np.maximum(spread, 1e-6 * np.maximum(np.abs(scores), 1.0))
    return np.asarray(np.clip((scores - others.mean(axis=1)) / level, -20.0, 20.0), dtype=np.float64)
