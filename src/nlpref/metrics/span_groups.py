"""Entity scores of groups of entities, such as types or forms that training has shown, with intervals over sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.significance import resample_weights
from nlpref.results import Estimate
from nlpref.types import Span

__all__ = ["group_counts", "group_estimates"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Spans = Sequence[Sequence[Span]]
Names = Sequence[Sequence[str | None]]


def group_counts(gold: Spans, predicted: Spans, gold_groups: Names, predicted_groups: Names, groups: Sequence[str]) -> IntArray:
    """Right, spurious and missed spans of each sentence and group, shape (n_sentences, n_groups, 3).

    What a group is must follow from the sentence and the span, so that a right span has one group whether it is looked at as
    gold or as predicted; then precision and F1 are defined for a group too.

    Args:
        gold: Gold spans of each sentence.
        predicted: Predicted spans of each sentence, in the same order.
        gold_groups: For each gold span the name of its group; None if it is in none.
        predicted_groups: The same for each predicted span.
        groups: Names of the groups; spans of others are left out.

    Raises:
        InputError: if the numbers of sentences, or of spans and their groups, differ.

    Example:
        >>> gold, predicted = [[Span(0, 1, "PER"), Span(2, 3, "LOC")]], [[Span(0, 1, "PER"), Span(4, 5, "PER")]]
        >>> group_counts(gold, predicted, [["seen", "new"]], [["seen", "seen"]], ["seen", "new"]).tolist()
        [[[1, 1, 0], [0, 0, 1]]]
    """
    column = {name: place for place, name in enumerate(groups)}
    counts = np.zeros((len(gold), len(groups), 3), dtype=np.int64)
    sizes = {len(part) for part in (gold, predicted, gold_groups, predicted_groups)}
    if len(sizes) > 1:
        raise InputError(f"spans and groups need the same sentences, got {sorted(sizes)}")
    for row, (wanted, found, wanted_groups, found_groups) in enumerate(
        zip(gold, predicted, gold_groups, predicted_groups, strict=True)
    ):
        if (len(wanted), len(found)) != (len(wanted_groups), len(found_groups)):
            raise InputError(f"sentence {row}: expected a group, or None, for each of its spans")
        for span, group in zip(wanted, wanted_groups, strict=True):
            if group in column:
                counts[row, column[group], 0 if span in found else 2] += 1
        for span, group in zip(found, found_groups, strict=True):
            if group in column and span not in wanted:
                counts[row, column[group], 1] += 1
    return counts


def group_estimates(counts: IntArray, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> list[dict[str, Estimate]]:
    """``precision``, ``recall`` and ``f1`` of each group, with percentile bootstrap intervals over sentences.

    A ratio without a denominator is absent, and resamples in which it has none are left out: unlike 0, they say nothing.
    All groups are scored on the same resamples.

    Args:
        counts: Of shape (n_sentences, n_groups, 3), at least one sentence; as ``group_counts`` gives them.
        resamples: Number of resamples.
        seed: Seed of the draws, the same as of ``significance.estimates``.
        level: Coverage, between 0 and 1.

    Raises:
        InputError: if the shape is another, or a number is out of range.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 3 or table.shape[2] != 3 or not len(table):
        raise InputError(f"counts need shape (n_sentences, n_groups, 3), at least one sentence; got {table.shape}")
    if resamples < 1 or not 0 < level < 1:
        raise InputError(f"an interval needs resamples >= 1 and 0 < level < 1, got resamples={resamples}, level={level}")
    whole = _ratios(table, np.ones((len(table), 1)))
    blocks = [_ratios(table, weights) for weights in resample_weights(len(table), resamples, seed)]
    ends = [(1 - level) / 2, (1 + level) / 2]
    found: list[dict[str, Estimate]] = []
    for group in range(table.shape[1]):
        made: dict[str, Estimate] = {}
        for name, values in whole.items():
            if np.isfinite(value := values[group, 0]):
                drawn = np.concatenate([block[name][group] for block in blocks])
                drawn = drawn[np.isfinite(drawn)]
                low, high = np.quantile(drawn, ends) if len(drawn) else (value, value)
                made[name] = Estimate(float(value), float(low), float(high))
        found.append(made)
    return found


def _ratios(counts: FloatArray, weights: FloatArray) -> dict[str, FloatArray]:
    """Of shape (n_groups, n_resamples); not a number where there is nothing to divide by."""
    right, spurious, missed = np.tensordot(counts, weights, axes=(0, 0)).transpose(1, 0, 2)
    ratios = {
        "precision": (right, right + spurious),
        "recall": (right, right + missed),
        "f1": (2 * right, 2 * right + spurious + missed),
    }
    return {
        name: np.divide(part, total, out=np.full(total.shape, np.nan), where=total > 0) for name, (part, total) in ratios.items()
    }
