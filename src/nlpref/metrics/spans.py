"""Strict entity scores: a predicted span is right if its start, end and label are those of a gold span."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.significance import estimates
from nlpref.metrics.span_groups import group_estimates
from nlpref.metrics.tallies import precision_recall_f1
from nlpref.results import Estimate
from nlpref.types import Span

__all__ = ["per_type", "per_type_intervals", "span_counts", "span_estimates", "span_scores"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Spans = Sequence[Sequence[Span]]


def span_scores(gold: Spans, predicted: Spans) -> dict[str, float]:
    """``precision``, ``recall`` and ``f1``, each as ``_micro`` and ``_macro`` (mean over types in gold or predicted).

    A ratio without a denominator is 0, as in seqeval.

    Args:
        gold: Gold spans of each sentence.
        predicted: Predicted spans of each sentence, in the same order.

    Raises:
        InputError: if the numbers of sentences differ.

    Source: seqeval, ``classification_report(mode="strict")``.

    Example:
        >>> scores = span_scores([[Span(0, 2, "PER"), Span(3, 4, "LOC")]], [[Span(0, 2, "PER"), Span(3, 5, "LOC")]])
        >>> scores["f1_micro"], scores["f1_macro"]
        (0.5, 0.5)
    """
    counts = _typed_counts(gold, predicted, _types(gold, predicted))
    return {name: float(value[0]) for name, value in _statistics(counts, np.ones((len(counts), 1))).items()}


def span_estimates(
    gold: Spans, predicted: Spans, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, Estimate]:
    """The scores of ``span_scores`` with percentile bootstrap intervals over sentences, all on the same resamples.

    Raises:
        InputError: if the numbers of sentences differ, or there is none.
    """
    counts = _typed_counts(gold, predicted, _types(gold, predicted))
    return estimates(lambda weights: _statistics(counts, weights), len(counts), resamples, seed, level)


def per_type(gold: Spans, predicted: Spans) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support (number of gold spans) of each type, in sorted order.

    Raises:
        InputError: if the numbers of sentences differ.
    """
    types = _types(gold, predicted)
    tp, fp, fn = _typed_counts(gold, predicted, types).sum(axis=0).T.astype(np.float64)
    columns = {**precision_recall_f1(tp, tp + fp, tp + fn), "support": tp + fn}
    return {name: {key: float(column[row]) for key, column in columns.items()} for row, name in enumerate(types)}


def per_type_intervals(
    gold: Spans, predicted: Spans, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, dict[str, list[float]]]:
    """Both ends of the interval of each score of ``per_type``, by bootstrap over sentences.

    A score without a denominator, which ``per_type`` gives as 0, has no interval.

    Raises:
        InputError: if the numbers of sentences differ.

    Example:
        >>> gold, predicted = [[Span(0, 1, "PER")]], [[Span(0, 1, "PER"), Span(2, 3, "LOC")]]
        >>> per_type_intervals(gold, predicted)["LOC"]
        {'precision': [0.0, 0.0], 'f1': [0.0, 0.0]}
    """
    types = _types(gold, predicted)
    if not types:
        return {}
    found = group_estimates(_typed_counts(gold, predicted, types), resamples, seed, level)
    return {
        name: {score: [one.low, one.high] for score, one in scores.items()} for name, scores in zip(types, found, strict=True)
    }


def span_counts(gold: Spans, predicted: Spans) -> IntArray:
    """True positives, false positives and false negatives of each sentence, shape (n_sentences, 3).

    Raises:
        InputError: if the numbers of sentences differ.
    """
    counts: IntArray = _typed_counts(gold, predicted, _types(gold, predicted)).sum(axis=1)
    return counts


def _types(gold: Spans, predicted: Spans) -> list[str]:
    if len(gold) != len(predicted):
        raise InputError(f"gold and predicted need the same sentences, got {len(gold)} and {len(predicted)}")
    return sorted({span.label for sentences in (gold, predicted) for spans in sentences for span in spans})


def _typed_counts(gold: Spans, predicted: Spans, types: Sequence[str]) -> IntArray:
    """Counts of shape (n_sentences, n_types, 3)."""
    row = {name: position for position, name in enumerate(types)}
    counts = np.zeros((len(gold), len(types), 3), dtype=np.int64)
    for sentence, (wanted, found) in enumerate(zip(gold, predicted, strict=True)):
        for column, spans in enumerate((set(found) & set(wanted), set(found) - set(wanted), set(wanted) - set(found))):
            for span in spans:
                counts[sentence, row[span.label], column] += 1
    return counts


def _statistics(counts: IntArray, weights: FloatArray) -> dict[str, FloatArray]:
    tp, fp, fn = np.tensordot(counts.astype(np.float64), weights, axes=(0, 0)).transpose(1, 0, 2)
    present = (tp + fp + fn) > 0
    types = np.maximum(present.sum(axis=0), 1)
    micro = precision_recall_f1(tp.sum(axis=0), (tp + fp).sum(axis=0), (tp + fn).sum(axis=0))
    macro = precision_recall_f1(tp, tp + fp, tp + fn)
    scores = {f"{name}_micro": value for name, value in micro.items()}
    return scores | {f"{name}_macro": value.sum(axis=0) / types for name, value in macro.items()}
