"""The result of a leaderboard in one or two plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.report import titles, words
from nlpref.report.comparisons import ALPHA, Comparison
from nlpref.report.leaderboard import Leaderboard, Model

__all__ = ["Summary", "cheapest_equal", "summarise"]

_WORTH_TELLING = 1.1
"""A model is called faster from this ratio of p95 latencies on."""


@dataclass(frozen=True)
class Summary:
    """Quality of the best model with its interval, its latency, and what a faster one costs or nothing if not known."""

    metric: str
    quality: str
    uncertainty: str
    latency: str
    trade: str


def summarise(board: Leaderboard, comparisons: Sequence[Comparison]) -> Summary:
    """Put a leaderboard into words."""
    best = board.quality(board.best)
    seeds = len(board.best.runs)
    uncertainty = f"95 % interval {words.interval(best.low, best.high)}, {board.n:,} {titles.examples(board.task)}"
    uncertainty += f", mean of {seeds} seeds" if seeds > 1 else ""
    p95 = board.best.latency("p95_ms")
    return Summary(
        metric=titles.metric(board.primary),
        quality=words.decimal(best.value),
        uncertainty=uncertainty,
        latency=words.MISSING if p95 is None else f"{words.significant(p95)} ms at p95",
        trade=_trade(board, comparisons, p95),
    )


def cheapest_equal(best: Model, comparisons: Sequence[Comparison]) -> tuple[Comparison, float] | None:
    """The fastest model that is not significantly worse than the best one, and how many times faster it is at p95.

    None if there is no such model among those that were tested and timed.
    """
    p95 = best.latency("p95_ms")
    if p95 is None:
        return None
    timed = [(one, one.other.latency("p95_ms")) for one in comparisons if one.indistinct]
    ratios = [(one, p95 / latency) for one, latency in timed if latency]
    found = max(ratios, key=lambda pair: pair[1], default=None)
    return found if found is not None and found[1] >= _WORTH_TELLING else None


def _trade(board: Leaderboard, comparisons: Sequence[Comparison], p95: float | None) -> str:
    if len(board.models) == 1:
        return ""
    if p95 is None:
        return f"Latency of {board.best.name} was not measured: nlpref bench task={board.task} does it."
    equal = cheapest_equal(board.best, comparisons)
    if equal is not None:
        one, ratio = equal
        how = "not distinguishable from it" if one.p_value > ALPHA else "not worse than it"
        test = f"{titles.metric(one.metric)}, {words.p_value(one.p_value)}"
        return f"{one.other.name} is {words.times(ratio)} faster at p95 and {how} ({test})."
    tested = {one.other.name for one in comparisons if one.test is not None}
    faster = [(model, p95 / (model.latency("p95_ms") or p95)) for model in board.timed if model is not board.best]
    faster = [(model, ratio) for model, ratio in faster if ratio >= _WORTH_TELLING]
    if not faster:
        return "No other model that was timed is faster."
    model, ratio = max(faster, key=lambda pair: (board.quality(pair[0]).value, pair[1]))
    lost = words.points(board.quality(board.best).value - board.quality(model).value)
    told = f"{model.name}, is {words.times(ratio)} faster at p95 and {lost} lower in {titles.metric(board.primary)}"
    if all(other.name in tested for other, _ in faster):
        return f"No faster model is as good; the best of them, {told}."
    return f"The best faster model, {told}; whether that is chance was not tested."
