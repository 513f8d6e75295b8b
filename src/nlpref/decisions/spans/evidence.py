"""What may tell that a span is right, besides its score: columns of numbers for a calibrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.decisions.spans.reading import FLOOR, Reading, overlap
from nlpref.types import Span

__all__ = ["CHAIN_EVIDENCE", "EVIDENCE", "evidence", "log_odds"]

Floats = NDArray[np.float64]
_LEAST = 1e-6


def log_odds(scores: Floats) -> Floats:
    """Log-odds of probabilities, those nearer than 1e-6 to 0 or 1 moved to there."""
    within = np.clip(scores, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(within) - np.log1p(-within))


def evidence(readings: Sequence[Reading], labels: Sequence[str], names: Sequence[str]) -> Floats:
    """One row for each span found: log-odds of its score, then the columns of each kind of evidence.

    Args:
        readings: Of the sentences.
        labels: Entity types, in the order of their columns.
        names: Among ``EVIDENCE``.

    Returns:
        float64, (n_spans, n_columns).
    """
    rows = [
        np.concatenate([log_odds(np.array([span.score])), *(EVIDENCE[name](one, span, labels) for name in names)])
        for one in readings
        for span in one.found
    ]
    width = 1 + sum(len(labels) if name == "label" else 1 for name in names)
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _length(reading: Reading, span: Span, labels: Sequence[str]) -> Floats:
    return np.array([np.log(span.end - span.start)])


def _label(reading: Reading, span: Span, labels: Sequence[str]) -> Floats:
    return np.array([float(span.label == label) for label in labels])


def _entropy(reading: Reading, span: Span, labels: Sequence[str]) -> Floats:
    """Mean entropy of the tags of its tokens, in nats."""
    if reading.chain is None:
        return np.zeros(1)
    table = reading.chain.marginals()[span.start : span.end]
    return np.array([-(table * np.log(np.maximum(table, np.finfo(np.float64).tiny))).sum(axis=1).mean()])


def _rival(reading: Reading, span: Span, labels: Sequence[str]) -> Floats:
    """How far the likeliest other candidate that overlaps it is above the floor, in nats; 0 without one."""
    others = [one.score for one in reading.candidates() if one != span and overlap(one, span)]
    return np.array([np.log(max(others, default=FLOOR) / FLOOR)])


Column = Callable[[Reading, Span, Sequence[str]], Floats]
EVIDENCE: Mapping[str, Column] = {"length": _length, "label": _label, "entropy": _entropy, "rival": _rival}
"""Kinds of evidence: log of the number of tokens, one column for each label, and what a chain tells."""
CHAIN_EVIDENCE = ("entropy", "rival")
"""Those that only the chain of a ``ChainTagger`` tells."""
