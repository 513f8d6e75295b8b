"""Boosted regression trees that learn an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from nlpref.retrieval.fusion_features import GradedList

__all__ = ["Boosting", "LambdaMart", "lambdas"]

Floats = NDArray[np.float64]
LEAST = 1e-9
NAMES = ("starts", "left", "right", "feature", "threshold", "value")


@dataclass(frozen=True)
class Boosting:
    """How trees are grown.

    Args:
        trees: Their number.
        leaves: Most leaves of a tree.
        learning_rate: Share of a tree's answer that is added.
        smallest_leaf: Documents that a leaf needs.
    """

    trees: int = 60
    leaves: int = 8
    learning_rate: float = 0.1
    smallest_leaf: int = 20


class LambdaMart:
    """Trees fitted one after the other to what would raise nDCG, by scikit-learn; kept as plain arrays.

    Args:
        boosting: How the trees are grown.
        seed: Breaks ties between equally good splits.

    Source: Burges 2010, From RankNet to LambdaRank to LambdaMART, sections 4 to 7.
    """

    def __init__(self, boosting: Boosting = Boosting(), seed: int = 0) -> None:
        self.boosting = boosting
        self.seed = seed
        self.arrays: Mapping[str, NDArray[Any]] = _pack([])

    def fit(self, lists: Sequence[GradedList]) -> Self:
        """Learn from the documents of each query; those without a better and a worse one teach nothing."""
        useful = [one for one in lists if one.grades.max(initial=0) > one.grades.min(initial=0)]
        trees: list[Mapping[str, NDArray[Any]]] = []
        if useful:
            features = np.concatenate([one.features for one in useful])
            ends = np.cumsum([len(one.grades) for one in useful])[:-1]
            scores = np.zeros(len(features))
            for _ in range(self.boosting.trees):
                pulls = [lambdas(part, one.grades) for part, one in zip(np.split(scores, ends), useful, strict=True)]
                wanted, curvature = (np.concatenate([pull[part] for pull in pulls]) for part in (0, 1))
                tree = self._grow(features, wanted, curvature)
                trees.append(tree)
                scores += _answer(tree, features)
        self.arrays = _pack(trees)
        return self

    def score(self, features: Floats) -> Floats:
        """Sum of the trees' answers, (n_documents,); higher is better."""
        total = np.zeros(len(features))
        starts = self.arrays["starts"]
        for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            total += _answer({name: self.arrays[name][first:last] for name in NAMES[1:]}, features)
        return total

    def _grow(self, features: Floats, wanted: Floats, curvature: Floats) -> Mapping[str, NDArray[Any]]:
        grown = DecisionTreeRegressor(
            max_leaf_nodes=self.boosting.leaves, min_samples_leaf=self.boosting.smallest_leaf, random_state=self.seed
        ).fit(features, wanted)
        nodes, leaves = grown.tree_, grown.apply(features)
        pull = np.bincount(leaves, wanted, nodes.node_count)
        step = self.boosting.learning_rate * pull / (np.bincount(leaves, curvature, nodes.node_count) + LEAST)
        # scikit-learn compares features in single precision, so that is what a threshold is for
        return {
            "left": nodes.children_left.astype(np.int64), "right": nodes.children_right.astype(np.int64),
            "feature": nodes.feature.astype(np.int64), "threshold": nodes.threshold.astype(np.float64), "value": step,
        }  # fmt: skip


def lambdas(scores: Floats, grades: Floats) -> tuple[Floats, Floats]:
    """How each document of one query should move, and how sure that is: first and second derivative of the ranking loss.

    A pair of different grades pulls by the logistic loss of its scores times the nDCG that an exchange of the two would change.

    Args:
        scores: What documents score so far, (n,).
        grades: Relevance, (n,).

    Source: Burges 2010, equations of section 6, with the grade itself as gain.
    """
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    discounts = 1 / np.log2(ranks + 1.0)
    ideal = float(np.sort(grades)[::-1] @ (1 / np.log2(np.arange(2, len(grades) + 2))))
    better = grades[:, None] > grades[None, :]
    change = np.abs((grades[:, None] - grades[None, :]) * (discounts[:, None] - discounts[None, :])) / max(ideal, LEAST)
    wrong = 1 / (1 + np.exp(np.clip(scores[:, None] - scores[None, :], -50, 50)))
    pull = np.where(better, wrong * change, 0.0)
    sure = np.where(better, wrong * (1 - wrong) * change, 0.0)
    return pull.sum(axis=1) - pull.sum(axis=0), sure.sum(axis=1) + sure.sum(axis=0)


def _answer(tree: Mapping[str, NDArray[Any]], features: Floats) -> Floats:
    left, right, feature, threshold, value = (np.asarray(tree[name]) for name in NAMES[1:])
    nodes = np.zeros(len(features), dtype=np.int64)
    single = features.astype(np.float32)
    while (inner := left[nodes] >= 0).any():
        rows = np.flatnonzero(inner)
        here = nodes[rows]
        low = single[rows, feature[here]] <= threshold[here]
        nodes[rows] = np.where(low, left[here], right[here])
    answered: Floats = value[nodes]
    return answered


def _pack(trees: Sequence[Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
    starts = np.concatenate([[0], np.cumsum([len(tree["value"]) for tree in trees], dtype=np.int64)]).astype(np.int64)
    kinds = {"left": np.int64, "right": np.int64, "feature": np.int64, "threshold": np.float64, "value": np.float64}
    packed = {name: np.concatenate([np.zeros(0, kind), *(tree[name] for tree in trees)]) for name, kind in kinds.items()}
    return {"starts": starts, **packed}
