"""How probable a span must be to be found: likelihood on text where few words are entities finds too few for a good F1."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.chain import Chain
from nlpref.metrics.spans import span_counts
from nlpref.types import Span

__all__ = ["THRESHOLDS", "best_threshold", "micro_f1"]

THRESHOLDS = (0.02, 0.03, 0.05, 0.07, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
"""Probabilities that are tried."""


def micro_f1(gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]) -> float:
    """Entity F1 over all sentences."""
    correct, spurious, missed = span_counts(gold, predicted).sum(axis=0)
    return float(2 * correct / max(1, 2 * correct + spurious + missed))


def best_threshold(chains: Sequence[Chain], gold: Sequence[Sequence[Span]]) -> float:
    """The threshold of best entity F1, of equals the highest."""
    scores = {level: micro_f1(gold, [chain.confident(level) for chain in chains]) for level in THRESHOLDS}
    return max(reversed(THRESHOLDS), key=lambda level: scores[level])
