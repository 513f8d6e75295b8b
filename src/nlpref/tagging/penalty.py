"""A penalty on ``O``: likelihood on text where few words are entities finds too few of them for a good F1."""

from __future__ import annotations

from collections.abc import Sequence

from nlpref.chain import Chain
from nlpref.metrics.spans import span_counts
from nlpref.types import Span

__all__ = ["PENALTIES", "best_penalty", "decode", "micro_f1"]

PENALTIES = tuple(step / 4 for step in range(-4, 13))
"""Nats that are tried."""


def decode(chains: Sequence[Chain], penalty: float = 0.0) -> list[list[Span]]:
    """The best spans of each chain, once the penalty is taken from ``O``; without their probabilities."""
    return [(chain.penalised(penalty) if penalty else chain).best(scored=False) for chain in chains]


def micro_f1(gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]) -> float:
    """Entity F1 over all sentences."""
    correct, spurious, missed = span_counts(gold, predicted).sum(axis=0)
    return float(2 * correct / max(1, 2 * correct + spurious + missed))


def best_penalty(chains: Sequence[Chain], gold: Sequence[Sequence[Span]]) -> float:
    """The penalty of best entity F1, among equals the one nearest 0."""
    return min(PENALTIES, key=lambda penalty: (-micro_f1(gold, decode(chains, penalty)), abs(penalty)))
