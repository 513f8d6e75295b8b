"""Whether reranking helps, for a collection and for each query of it: learned, and only believed where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlpref.errors import InputError
from nlpref.metrics.significance import paired_test

__all__ = ["Guard", "Selector", "Verdict"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FOLDS = 5
RESAMPLES = 5000
Policy = Literal["never", "selected", "always"]


@dataclass(frozen=True)
class Selector:
    """A straight line through what is known of a query: above 0, reranking is expected to help.

    Args:
        centre: Mean of each signal.
        scale: Standard deviation of each signal; 1 where it does not vary.
        weights: Of the signals, once centred and scaled.
        bias: What is added.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def fitted(cls, signals: Floats, gains: Floats) -> Selector:
        """Logistic regression of whether a query gains, each query weighted by how much is gained or lost.

        So its boundary is where gains and losses are expected to cancel out. Queries without either say nothing.

        Args:
            signals: Shape (n_queries, n_signals).
            gains: Shape (n_queries,).
        """
        deviation = signals.std(axis=0)
        centre, scale = signals.mean(axis=0), np.where(deviation > 1e-9, deviation, 1.0)
        weights, bias = np.zeros(signals.shape[1]), float(np.sign(gains.sum()))
        told = gains != 0
        if len(set((gains[told] > 0).tolist())) == 2:
            sizes = np.abs(gains[told])
            model = LogisticRegression(C=1.0, max_iter=1000)
            model.fit((signals[told] - centre) / scale, gains[told] > 0, sample_weight=sizes / sizes.mean())
            weights, bias = model.coef_[0], float(model.intercept_[0])
        return cls(tuple(centre.tolist()), tuple(scale.tolist()), tuple(weights.tolist()), bias)

    def allows(self, signals: Floats) -> Flags:
        """Which queries reranking is expected to help, (n_queries,)."""
        return np.asarray((signals - np.array(self.centre)) / np.array(self.scale) @ np.array(self.weights) + self.bias > 0)


@dataclass(frozen=True)
class Verdict:
    """What a guard has learned.

    Args:
        policy: ``never`` reranks nothing, ``always`` everything, ``selected`` what the selector allows.
        selector: For ``selected``.
        queries: Number of queries that it was learned on.
        measured: By policy: mean gain in nDCG@10 on queries that had no part in choosing anything for them, its p-value, and
            the share of queries reranked.
    """

    policy: Policy
    selector: Selector | None = None
    queries: int = 0
    measured: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def allows(self, signals: Floats) -> Flags:
        """Which queries are reranked, (n_queries,).

        Args:
            signals: Shape (n_queries, n_signals), see ``nlpref.retrieval.signals``.
        """
        if self.policy == "selected" and self.selector is not None:
            return self.selector.allows(signals)
        return np.full(len(signals), self.policy == "always")

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Verdict:
        """A verdict from what ``dataclasses.asdict`` made of it, once it was JSON."""
        line = saved["selector"]
        selector = line and Selector(tuple(line["centre"]), tuple(line["scale"]), tuple(line["weights"]), line["bias"])
        return cls(saved["policy"], selector, saved["queries"], saved["measured"])


@dataclass(frozen=True)
class Guard:
    """Lets a reranker change a ranking only where held-out queries show that this helps.

    Two policies are on trial, to rerank every query and to rerank those that a selector allows. Each is judged by its gain in
    nDCG@10 on queries that took no part in choosing its blend and its selector (five folds). One that gains nothing, or not
    significantly, is out; of those left the one that gains more is taken, and if none is left, nothing is reranked. Both are
    tested with half of the chance of a mistake, one-sided, so a policy that in truth does harm gets through with at most the
    chance ``1 - confidence``. Few queries show nothing, so with few there is no reranking.

    Args:
        confidence: Probability that no harmful policy gets through, over the draw of the queries, between 0 and 1.
        queries: Fewer held-out queries than these are too few, whatever they show.

    Raises:
        InputError: if a value is out of range.

    Source: sign-flip test of paired differences, ``nlpref.metrics.significance``; Bonferroni 1936 (two policies).
    """

    confidence: float = 0.95
    queries: int = 20

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1 or self.queries < 1:
            raise InputError(f"expected a confidence between 0 and 1, both excluded, and queries >= 1; got {self}")

    def learn(self, first: Floats, reranked: Floats, signals: Floats, groups: NDArray[np.intp], seed: int = 0) -> Verdict:
        """Judge the policies.

        Args:
            first: nDCG@10 of each query as the first stage ranks, (n_queries,).
            reranked: The same for each blend that may be chosen, (n_blends, n_queries).
            signals: What is known of each query before, (n_queries, n_signals).
            groups: Number of the group of each query, (n_queries,); those of a group are in one fold, and drawn together.
            seed: Fixes the resamples of the test.
        """
        n = len(first)
        about = len(set(groups.tolist()))
        if n < self.queries or about < 2:
            return Verdict("never", queries=n)
        folds = np.unique(groups, return_inverse=True)[1] % min(FOLDS, about)
        gains, allowed = np.zeros(n), np.zeros(n, dtype=np.bool_)
        for fold in range(min(FOLDS, about)):
            inside, rest = folds == fold, folds != fold
            change = best_of(reranked[:, rest], reranked) - first
            gains[inside] = change[inside]
            allowed[inside] = Selector.fitted(signals[rest], change[rest]).allows(signals[inside])
        trials = {"always": np.ones(n, dtype=np.bool_), "selected": allowed}
        measured = {name: self._tried(gains * share, share, groups, seed) for name, share in trials.items()}
        passed = [name for name, one in measured.items() if one["gain"] > 0 and one["p_value"] <= 1 - self.confidence]
        if not passed:
            return Verdict("never", None, n, measured)
        selector = Selector.fitted(signals, best_of(reranked, reranked) - first)
        if max(passed, key=lambda name: measured[name]["gain"]) == "always":  # of equals, the one that needs no selector
            return Verdict("always", None, n, measured)
        return Verdict("selected", selector, n, measured)

    def _tried(self, gains: Floats, share: Flags, groups: NDArray[np.intp], seed: int) -> dict[str, float]:
        summed = np.bincount(np.unique(groups, return_inverse=True)[1], weights=gains)
        test = paired_test(summed, np.zeros_like(summed), RESAMPLES, seed)  # two-sided: half of its level on either side
        return {"gain": float(gains.mean()), "p_value": test.p_value, "reranked": float(share.mean())}


def best_of(judged_on: Floats, scores: Floats) -> Floats:
    """The row of ``scores`` whose mean is best on ``judged_on``, the first of equals; both have a row for each blend."""
    chosen: Floats = scores[int(np.argmax(judged_on.mean(axis=1)))]
    return chosen
