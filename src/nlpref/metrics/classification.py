"""Scores of a text classifier from its probabilities.

A gold label that the model does not know is kept: the example is wrong, its label counts in the macro averages with
recall 0, it is a negative for every label in ROC-AUC and PR-AUC, and its probability in the log loss is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.significance import estimates
from nlpref.metrics.tallies import LabelTallies, precision_recall_f1
from nlpref.probabilities import check_numbers, check_probabilities
from nlpref.results import Estimate

__all__ = [
    "classification_estimates",
    "classification_scores",
    "confusion_matrix",
    "per_example",
    "per_label",
    "predicted_labels",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BINS = 15
"""Equal-width bins of the expected calibration error. Source: Guo et al. (2017), section 2."""


def classification_scores(gold: Sequence[str], probabilities: NDArray[Any], labels: Sequence[str]) -> dict[str, float]:
    """All scores of a classifier on a set of texts.

    Gives ``accuracy``; ``precision``, ``recall`` and ``f1``, each as ``_macro`` (mean over labels that occur in gold or
    predicted) and ``_micro``; ``roc_auc`` (one against the rest, mean over labels with both kinds of examples);
    ``pr_auc`` (average precision, mean over labels with examples); ``ece`` (15 bins of the top probability);
    ``log_loss`` (nats). The areas are absent where no label allows them.

    Args:
        gold: Gold labels, n_texts of them.
        probabilities: Shape (n_texts, n_labels); rows sum to 1.
        labels: Names of the columns.

    Raises:
        InputError: if there is no text, shapes do not fit, or rows are not probabilities.

    Example:
        >>> scores = classification_scores(["a", "b"], np.array([[0.9, 0.1], [0.6, 0.4]]), ["a", "b"])
        >>> scores["accuracy"], round(scores["f1_macro"], 3)
        (0.5, 0.333)
    """
    statistics = _Statistics(gold, probabilities, labels)
    found = statistics(np.ones((len(gold), 1)))
    return {name: float(value[0]) for name, value in found.items() if np.isfinite(value[0])}


def classification_estimates(
    gold: Sequence[str],
    probabilities: NDArray[Any],
    labels: Sequence[str],
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """The scores of ``classification_scores`` with percentile bootstrap intervals, all on the same resamples.

    Raises:
        InputError: as ``classification_scores``.
    """
    return estimates(_Statistics(gold, probabilities, labels), len(gold), resamples, seed, level)


def per_example(gold: Sequence[str], probabilities: NDArray[Any], labels: Sequence[str]) -> dict[str, list[float]]:
    """Scores of each text, for paired tests: ``accuracy`` (0 or 1) and ``log_loss``.

    Raises:
        InputError: as ``classification_scores``.
    """
    statistics = _Statistics(gold, probabilities, labels)
    return {"accuracy": statistics.correct.tolist(), "log_loss": statistics.losses.tolist()}


def predicted_labels(probabilities: NDArray[Any], labels: Sequence[str]) -> list[str]:
    """The most probable label of each row; the first one on ties."""
    return [labels[column] for column in np.asarray(probabilities).argmax(axis=1)] if len(probabilities) else []


def per_label(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support (number of gold examples) of each label.

    Args:
        gold: Gold labels.
        predicted: Predicted labels, as many.
        labels: Labels to begin with; others that occur follow in sorted order.

    Raises:
        InputError: if the lengths differ.
    """
    table = confusion_matrix(gold, predicted, labels)
    counts = np.array(table["counts"], dtype=np.float64).reshape(len(table["labels"]), -1)
    support = counts.sum(axis=1)
    scores = precision_recall_f1(counts.diagonal(), counts.sum(axis=0), support)
    columns = {**scores, "support": support}
    return {label: {name: float(column[row]) for name, column in columns.items()} for row, label in enumerate(table["labels"])}


def confusion_matrix(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str] = ()) -> dict[str, Any]:
    """Counts of gold (rows) against predicted (columns), as ``{"labels": [...], "counts": [[...]]}`` for a record.

    Args:
        gold: Gold labels.
        predicted: Predicted labels, as many.
        labels: Labels to begin with; others that occur follow in sorted order.

    Raises:
        InputError: if the lengths differ.
    """
    if len(gold) != len(predicted):
        raise InputError(f"gold and predicted need the same length, got {len(gold)} and {len(predicted)}")
    names = list(dict.fromkeys([*labels, *sorted({*gold, *predicted} - set(labels))]))
    column = {name: position for position, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, ([column[label] for label in gold], [column[label] for label in predicted]), 1)
    return {"labels": names, "counts": counts.tolist()}


class _Statistics:
    """Everything about the predictions that does not change between resamples."""

    def __init__(self, gold: Sequence[str], probabilities: NDArray[Any], labels: Sequence[str]) -> None:
        table = _checked(gold, probabilities, labels)
        names = [*labels, *sorted(set(gold) - set(labels))]
        column = {name: position for position, name in enumerate(names)}
        ids = np.array([column[label] for label in gold], dtype=np.int64)
        guesses = table.argmax(axis=1)
        known = ids < len(labels)
        chance = np.where(known, table[np.arange(len(ids)), np.where(known, ids, 0)], 0.0)
        self.correct = (ids == guesses).astype(np.float64)
        self.losses = -np.log(np.clip(chance, np.finfo(np.float64).eps, 1.0))
        self._tallies = LabelTallies(ids, guesses)
        top = table.max(axis=1)
        # Bins are (low, high]; the gap of a bin is the sum of right minus confidence over its examples.
        bins = np.clip(np.ceil(top * BINS).astype(np.int64) - 1, 0, BINS - 1)
        self._gaps = np.zeros((BINS, len(ids)))
        self._gaps[bins, np.arange(len(ids))] = self.correct - top
        self._curves = [_Curve(table[:, label], ids == label) for label in range(len(labels)) if (ids == label).any()]

    def __call__(self, weights: FloatArray) -> dict[str, FloatArray]:
        n = len(self.correct)
        accuracy = self.correct @ weights / n
        scores = {"accuracy": accuracy}
        scores |= {f"{name}_macro": score for name, score in self._tallies.macro(weights).items()}
        # With one gold and one predicted label for each text, all three micro averages are the accuracy.
        scores |= {f"{name}_micro": accuracy for name in ("precision", "recall", "f1")}
        areas = np.array([curve.areas(weights) for curve in self._curves]).reshape(-1, 2, weights.shape[1])
        scores |= {"roc_auc": _finite_mean(areas[:, 0]), "pr_auc": _finite_mean(areas[:, 1])}
        scores["ece"] = np.abs(self._gaps @ weights).sum(axis=0) / n
        scores["log_loss"] = self.losses @ weights / n
        return scores


class _Curve:
    """One label against the rest: examples by falling score, in groups of equal score."""

    def __init__(self, scores: FloatArray, positive: NDArray[np.bool_]) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered, hits = scores[self._order], positive[self._order]
        self._hits = np.flatnonzero(hits)
        # For each positive: rows, and positives, before its group of equal scores and up to its end.
        before = np.searchsorted(-ordered, -ordered[self._hits], side="left")
        until = np.searchsorted(-ordered, -ordered[self._hits], side="right")
        self._hits_before = np.searchsorted(self._hits, before)
        self._hits_until = np.searchsorted(self._hits, until)
        # Only sums up to these rows are needed, so rows are summed between them, not one by one.
        edges = np.unique(np.concatenate([[0], before, until]))
        self._starts = edges[edges < len(ordered)]
        self._before, self._until = np.searchsorted(self._starts, before), np.searchsorted(self._starts, until)

    def areas(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Area under the ROC curve and average precision, each of shape (n_resamples,); nan where undefined."""
        ranked = weights[self._order]
        here = ranked[self._hits]
        rows, hits = _running(np.add.reduceat(ranked, self._starts, axis=0)), _running(here)
        positives, negatives = hits[-1], rows[-1] - hits[-1]
        above = rows[self._before] - hits[self._hits_before]
        upto = rows[self._until] - hits[self._hits_until]
        precision = hits[self._hits_until] / np.maximum(rows[self._until], 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            roc = (here * (negatives - (above + upto) / 2)).sum(axis=0) / (positives * negatives)
            return roc, (here * precision).sum(axis=0) / positives


def _running(weights: FloatArray) -> FloatArray:
    sums = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums


def _finite_mean(values: FloatArray) -> FloatArray:
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(finite, values, 0).sum(axis=0) / finite.sum(axis=0)
    return mean


def _checked(gold: Sequence[str], probabilities: NDArray[Any], labels: Sequence[str]) -> FloatArray:
    table = check_numbers(probabilities, "probabilities", "a table of (n_texts, n_labels)")
    if isinstance(gold, str) or not len(gold) or not len(labels) or table.shape != (len(gold), len(labels)):
        raise InputError(
            f"probabilities need shape (n_texts, n_labels) = ({len(gold)}, {len(labels)}) with at least one text and label, "
            f"got {table.shape}"
        )
    if len(set(labels)) != len(labels):
        raise InputError("labels must be distinct: each names one column of the probabilities")
    return check_probabilities(table, len(labels), len(gold))
