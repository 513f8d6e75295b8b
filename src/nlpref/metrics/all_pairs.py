"""Many systems on the same examples: every pair tested, with p-values that keep their meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from nlpref.errors import InputError
from nlpref.metrics.multiple import ALPHA, holm
from nlpref.metrics.significance import PairedTest, paired_test
from nlpref.results import EvalResult

__all__ = ["PairOutcome", "compare_all", "compare_results", "differences", "wins_ties_losses"]

_SAME = 1e-9
"""Scores that differ by less are a tie: sums in another order differ in their last digits."""


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """One system against another one.

    Args:
        first: Name of the one.
        second: Name of the other.
        test: First minus second: mean difference, interval, and the p-value before adjustment.
        p_value: Adjusted for all pairs that were tested together.
        wins: Examples on which the first scores higher.
        ties: Examples on which both score the same.
        losses: Examples on which the first scores lower.
    """

    first: str
    second: str
    test: PairedTest
    p_value: float
    wins: int
    ties: int
    losses: int

    @property
    def differs(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p_value <= ALPHA


def compare_all(
    scores: Mapping[str, Sequence[float]], resamples: int = 10_000, seed: int = 0, level: float = 0.95
) -> list[PairOutcome]:
    """Test each pair of systems by sign flips of the differences, and adjust over all pairs (Holm).

    Args:
        scores: By name of the system, one score for each example, in the same order for all.
        resamples: Sign flips of a test, and bootstrap resamples of an interval.
        seed: Of both.
        level: Coverage of the intervals, which are not adjusted.

    Returns:
        The pairs in the order of the names: first with second, first with third, and so on.

    Raises:
        InputError: if there are fewer than two systems, the numbers of scores differ, or a score is not finite.

    Source: Holm (1979); Smucker, Allan & Carterette (2007), who compare tests on rankings, for randomisation.

    Example:
        >>> found = compare_all({"a": [1.0] * 9 + [0.0], "b": [0.0] * 9 + [0.0], "c": [0.0] * 8 + [0.5, 0.0]}, resamples=2000)
        >>> [(one.first, one.second, one.wins, one.ties, one.losses, one.differs) for one in found]
        [('a', 'b', 9, 1, 0, True), ('a', 'c', 9, 1, 0, True), ('b', 'c', 0, 9, 1, False)]
    """
    if len(scores) < 2:
        raise InputError(f"a comparison needs at least two systems, got {len(scores)}")
    sizes = {name: len(values) for name, values in scores.items()}
    if len(set(sizes.values())) > 1:
        raise InputError(f"systems need scores of the same examples, got these numbers of scores: {sizes}")
    pairs = list(combinations(scores, 2))
    tests = [paired_test(scores[first], scores[second], resamples, seed, level) for first, second in pairs]
    adjusted = holm([test.p_value for test in tests])
    return [
        PairOutcome(*pair, test, p_value, *wins_ties_losses(scores[pair[0]], scores[pair[1]]))
        for pair, test, p_value in zip(pairs, tests, adjusted, strict=True)
    ]


def compare_results(
    results: Mapping[str, EvalResult], metric: str = "", resamples: int = 10_000, seed: int = 0
) -> list[PairOutcome]:
    """Test each pair of result records by the scores of their examples.

    Args:
        results: By the name that a system is to have.
        metric: One that all of them have a score for each example of; default: their primary one.
        resamples: As in ``compare_all``.
        seed: As in ``compare_all``.

    Raises:
        InputError: if they are not of the same task, data and split, or one lacks the scores.
    """
    return compare_all(_scores(results, metric), resamples, seed)


def differences(first: EvalResult, second: EvalResult, metric: str = "") -> list[float]:
    """The first's score minus the second's for each example, in the order of the records; 0 where they are a tie.

    Raises:
        InputError: as ``compare_results`` does.
    """
    mine, theirs = _scores({"the first": first, "the second": second}, metric).values()
    return [0.0 if _tie(a, b) else a - b for a, b in zip(mine, theirs, strict=True)]


def wins_ties_losses(first: Sequence[float], second: Sequence[float]) -> tuple[int, int, int]:
    """On how many examples the first scores higher, the same, lower.

    Raises:
        InputError: if the lengths differ.

    Example:
        >>> wins_ties_losses([1.0, 0.5, 0.0], [0.5, 0.5, 0.0])
        (1, 2, 0)
    """
    if len(first) != len(second):
        raise InputError(f"wins are counted on the same examples, got {len(first)} and {len(second)} scores")
    ties = [_tie(a, b) for a, b in zip(first, second, strict=True)]
    wins = sum(a > b and not tie for a, b, tie in zip(first, second, ties, strict=True))
    return wins, sum(ties), len(ties) - sum(ties) - wins


def _tie(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=_SAME, abs_tol=_SAME)


def _scores(results: Mapping[str, EvalResult], metric: str) -> dict[str, Sequence[float]]:
    """Scores of each example by name of the system, once they are known to be of the same examples."""
    found: dict[str, Sequence[float]] = {}
    kinds: dict[tuple[str, ...], str] = {}
    for name, result in results.items():
        asked = metric or result.primary
        if asked not in result.scores:
            raise InputError(f"{name} has no {asked} of each example; it has: {', '.join(sorted(result.scores)) or 'none'}")
        scored = result.dataset.get("scored", result.dataset["revision"])
        kinds.setdefault((result.task, result.dataset["name"], scored, result.split, asked), name)
        found[name] = result.scores[asked]
    if len(kinds) > 1:
        told = "; ".join(f"{name}: {', '.join(kind)}" for kind, name in kinds.items())
        raise InputError(f"systems are compared on the same task, data, split and metric, got {told}")
    if len({len(scores) for scores in found.values()}) > 1:
        sizes = {name: len(scores) for name, scores in found.items()}
        raise InputError(f"systems need scores of the same examples, got these numbers of scores: {sizes}")
    return found
