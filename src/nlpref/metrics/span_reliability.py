"""Whether the scores of spans are probabilities: calibration error, squared error and reliability of predicted spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.reliability import reliability_bins
from nlpref.metrics.significance import estimates
from nlpref.results import Estimate
from nlpref.types import Span

__all__ = ["span_reliability", "span_reliability_estimates"]

FloatArray = NDArray[np.float64]
Spans = Sequence[Sequence[Span]]
BINS = 15


def span_reliability_estimates(
    gold: Spans, predicted: Spans, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, Estimate]:
    """``span_ece`` (15 bins) and ``span_brier`` of the predicted spans, with percentile bootstrap intervals over sentences.

    A span is right if its start, end and label are those of a gold span. What was missed has no score and plays no part.
    Lower is better. Without a predicted span there is nothing to measure, and both are absent.

    Args:
        gold: Gold spans of each sentence.
        predicted: Predicted spans of each sentence with their scores, in the same order.
        resamples: Number of resamples.
        seed: Of the draws.
        level: Coverage of the intervals, between 0 and 1.

    Raises:
        InputError: if the numbers of sentences differ, there is none, or a score is not in [0, 1].

    Source: Guo et al. 2017, equation 3 (ECE); Brier 1950; Jagannatha and Yu 2020 (both of entities).

    Example:
        >>> found = span_reliability_estimates([[Span(0, 2, "PER")]], [[Span(0, 2, "PER", 0.8), Span(3, 4, "LOC", 0.6)]])
        >>> {name: round(one.value, 2) for name, one in found.items()}
        {'span_ece': 0.4, 'span_brier': 0.2}
    """
    sentences, scores, right = _verdicts(gold, predicted)
    bins = np.clip(np.ceil(scores * BINS).astype(np.intp) - 1, 0, BINS - 1)
    gaps, squares, counts = np.zeros((BINS, len(gold))), np.zeros(len(gold)), np.zeros(len(gold))
    np.add.at(gaps, (bins, sentences), right - scores)
    np.add.at(squares, sentences, (right - scores) ** 2)
    np.add.at(counts, sentences, 1.0)

    def statistics(weights: FloatArray) -> dict[str, FloatArray]:
        total = counts @ weights
        whole = np.where(total > 0, total, np.nan)
        return {"span_ece": np.abs(gaps @ weights).sum(axis=0) / whole, "span_brier": squares @ weights / whole}

    return estimates(statistics, len(gold), resamples, seed, level)


def span_reliability(gold: Spans, predicted: Spans, resamples: int = 1000, seed: int = 0) -> dict[str, Any]:
    """The same for a record: number of predicted spans, ``ece``, ``brier`` and the bins of a reliability diagram.

    Raises:
        InputError: as ``span_reliability_estimates``.
    """
    found = span_reliability_estimates(gold, predicted, resamples, seed)
    _, scores, right = _verdicts(gold, predicted)
    errors = {name.removeprefix("span_"): asdict(one) for name, one in found.items()}
    return {"spans": len(scores), **errors, "bins": reliability_bins(scores, right, BINS)}


def _verdicts(gold: Spans, predicted: Spans) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """Number of the sentence, score and verdict (0 or 1) of each predicted span, each (n_spans,)."""
    if len(gold) != len(predicted):
        raise InputError(f"gold and predicted need the same sentences, got {len(gold)} and {len(predicted)}")
    rows = [
        (number, span.score, float(span in wanted))
        for number, (wanted, found) in enumerate(zip(gold, predicted, strict=True))
        for span in found
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    scores = table[:, 1]
    if len(scores) and not (scores.min() >= 0 and scores.max() <= 1):
        raise InputError(f"scores of spans must lie between 0 and 1, got {scores.min():g} to {scores.max():g}")
    return table[:, 0].astype(np.intp), scores, table[:, 2]
