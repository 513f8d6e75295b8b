"""Bootstrap confidence intervals and paired tests over examples.

A resample draws n examples with replacement. Drawing the example i three times is the same as weighting it by 3,
so statistics that are sums over examples are computed for many resamples at once from a matrix of weights,
shape (n_examples, n_resamples).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.tallies import LabelTallies
from nlpref.results import Estimate

__all__ = [
    "PairedTest",
    "estimates",
    "f1_of",
    "interval",
    "macro_f1_interval",
    "mean_interval",
    "micro_f1_interval",
    "paired_f1_test",
    "paired_test",
    "resample_weights",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CELLS = 2**20
"""Numbers held at once while resampling; larger blocks fall out of the processor's cache."""


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A difference ``a - b`` on the same examples, its interval ``[low, high]``, and a two-sided p-value."""

    difference: float
    low: float
    high: float
    p_value: float
    n: int


def interval(
    statistic: Callable[[IntArray], float], n: int, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Percentile bootstrap interval of any statistic of example indices.

    Resamples on which the statistic is not finite are left out.

    Args:
        statistic: Takes indices into the examples, shape (n,), with repeats.
        n: Number of examples.
        resamples: Number of resamples.
        seed: Seed of the draws.
        level: Coverage, between 0 and 1.

    Raises:
        InputError: if there is no example, or the statistic of all examples is not finite.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
    _check(n, resamples, level)
    random = np.random.default_rng(seed)
    drawn = np.array([statistic(random.integers(0, n, n)) for _ in range(resamples)], dtype=np.float64)
    return _percentiles(float(statistic(np.arange(n))), drawn, level)


def estimates(
    statistics: Callable[[FloatArray], Mapping[str, FloatArray]],
    n: int,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Percentile bootstrap intervals of several weighted statistics on the same resamples.

    Statistics that are not finite on the whole set are absent from the answer.

    Args:
        statistics: Takes weights, shape (n_examples, n_resamples), and gives by name arrays of shape (n_resamples,).
        n: Number of examples.
        resamples: Number of resamples.
        seed: Seed of the draws; the same seed draws the same examples as ``interval``.
        level: Coverage, between 0 and 1.

    Raises:
        InputError: if there is no example.
    """
    _check(n, resamples, level)
    values = {name: float(value[0]) for name, value in statistics(np.ones((n, 1))).items()}
    blocks = [statistics(weights) for weights in resample_weights(n, resamples, seed)]
    return {
        name: _percentiles(value, np.concatenate([block[name] for block in blocks]), level)
        for name, value in values.items()
        if np.isfinite(value)
    }


def resample_weights(n: int, resamples: int, seed: int = 0) -> Iterator[FloatArray]:
    """How often each example is drawn: blocks of shape (n, at most n_resamples), whose columns sum to n."""
    random = np.random.default_rng(seed)
    width = max(1, _CELLS // n)
    for start in range(0, resamples, width):
        columns = min(width, resamples - start)
        drawn = random.integers(0, n, (columns, n))
        cells = drawn * columns + np.arange(columns)[:, None]
        yield np.bincount(cells.ravel(), minlength=n * columns).reshape(n, columns).astype(np.float64)


def mean_interval(values: Sequence[float] | NDArray[Any], resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """Interval of a mean over examples, such as accuracy from 0/1 or nDCG from scores of queries, shape (n,).

    Raises:
        InputError: if there is no value, or one is not finite.
    """
    scores = _vector("values", values)
    return estimates(lambda weights: {"mean": scores @ weights / len(scores)}, len(scores), resamples, seed, level)["mean"]


def micro_f1_interval(counts: NDArray[Any], resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """Interval of micro-F1 from (true positives, false positives, false negatives) of each example, shape (n, 3).

    Raises:
        InputError: if the shape is another, or there is no example.
    """
    table = _counts("counts", counts)
    return estimates(lambda weights: {"f1": f1_of(table.T @ weights)}, len(table), resamples, seed, level)["f1"]


def macro_f1_interval(
    gold: NDArray[Any], predicted: NDArray[Any], resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Interval of macro-F1 from label ids, shape (n,); the mean is over labels that occur in either.

    Raises:
        InputError: if the shapes differ, or there is no example.
    """
    if np.shape(gold) != np.shape(predicted) or np.ndim(gold) != 1 or not len(gold):
        raise InputError(f"gold and predicted ids need one shape (n,), n >= 1, got {np.shape(gold)} and {np.shape(predicted)}")
    tallies = LabelTallies(np.asarray(gold), np.asarray(predicted))
    return estimates(lambda weights: {"f1": tallies.macro(weights)["f1"]}, len(gold), resamples, seed, level)["f1"]


def f1_of(counts: NDArray[Any]) -> FloatArray:
    """F1 from rows of true positives, false positives, false negatives, shape (3, ...); 0 where nothing is there."""
    tp, fp, fn = np.asarray(counts, dtype=np.float64)
    whole = 2 * tp + fp + fn
    scores: FloatArray = np.divide(2 * tp, whole, out=np.zeros_like(whole), where=whole > 0)
    return scores


def paired_test(
    a: Sequence[float] | NDArray[Any],
    b: Sequence[float] | NDArray[Any],
    resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> PairedTest:
    """Compare two systems by the scores of the same examples, shape (n,): sign-flip test and bootstrap interval.

    The p-value is ``(1 + extreme) / (1 + resamples)``, so it is never zero.

    Raises:
        InputError: if the lengths differ, there is no example, or a score is not finite.

    Source: Phipson & Smyth (2010), Permutation p-values should never be zero.
    """
    first, second = _vector("a", a), _vector("b", b)
    if len(first) != len(second):
        raise InputError(f"a paired test needs the same examples twice, got {len(first)} and {len(second)} scores")
    differences = first - second
    bounds = mean_interval(differences, resamples, seed, level)
    total = abs(differences.sum())
    moving = differences[differences != 0]
    extreme = sum(_at_least(np.abs(moving @ signs), total) for signs in _signs(len(moving), resamples, seed))
    return PairedTest(bounds.value, bounds.low, bounds.high, (1 + extreme) / (1 + resamples), len(differences))


def paired_f1_test(a: NDArray[Any], b: NDArray[Any], resamples: int = 10_000, seed: int = 0, level: float = 0.95) -> PairedTest:
    """Compare the micro-F1 of two systems from the counts of the same sentences, shape (n, 3).

    Under the null hypothesis the two outputs for a sentence can be exchanged (approximate randomisation).

    Raises:
        InputError: if the shapes differ or are not (n, 3), or there is no sentence.

    Source: Yeh (2000), More accurate tests for the statistical significance of result differences.
    """
    first, second = _counts("a", a), _counts("b", b)
    if first.shape != second.shape:
        raise InputError(f"a paired test needs the same sentences twice, got {len(first)} and {len(second)}")
    bounds = estimates(
        lambda weights: {"difference": f1_of(first.T @ weights) - f1_of(second.T @ weights)}, len(first), resamples, seed, level
    )["difference"]
    both = (first + second).sum(axis=0)[:, None]
    moving = (first - second)[(first != second).any(axis=1)]
    extreme = 0
    for signs in _signs(len(moving), resamples, seed):
        swing = moving.T @ signs
        # Halved sums of both systems: F1 does not change when all three counts are doubled.
        extreme += _at_least(np.abs(f1_of(both + swing) - f1_of(both - swing)), abs(bounds.value))
    return PairedTest(bounds.value, bounds.low, bounds.high, (1 + extreme) / (1 + resamples), len(first))


def _signs(n: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    random = np.random.default_rng(seed)
    width = max(1, _CELLS // max(n, 1))
    for start in range(0, resamples, width):
        columns = min(width, resamples - start)
        bits = np.unpackbits(np.frombuffer(random.bytes((n * columns + 7) // 8), dtype=np.uint8), count=n * columns)
        yield bits.reshape(n, columns).astype(np.float64) * 2 - 1


def _at_least(values: FloatArray, bound: float) -> int:
    # Sums of the same numbers in another order differ in the last digits and still are ties.
    return int(np.count_nonzero(values >= bound * (1 - 1e-9)))


def _percentiles(value: float, drawn: FloatArray, level: float) -> Estimate:
    if not np.isfinite(value):
        raise InputError(f"the statistic of all examples is {value}; leave out what cannot be measured")
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]) if len(drawn) else (value, value)
    return Estimate(value, float(low), float(high))


def _check(n: int, resamples: int, level: float) -> None:
    if n < 1 or resamples < 1 or not 0 < level < 1:
        raise InputError(
            f"an interval needs n >= 1, resamples >= 1 and 0 < level < 1, got n={n}, resamples={resamples}, level={level}"
        )


def _vector(name: str, values: Sequence[float] | NDArray[Any]) -> FloatArray:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or not len(vector) or not np.isfinite(vector).all():
        raise InputError(f"{name} needs shape (n,), n >= 1, all finite; got shape {vector.shape}")
    return vector


def _counts(name: str, counts: NDArray[Any]) -> FloatArray:
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 3 or not len(table):
        raise InputError(f"{name} needs shape (n, 3), n >= 1: true and false positives, false negatives; got {table.shape}")
    return table
