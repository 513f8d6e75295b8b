"""Intervals and paired tests against scipy, scikit-learn and exhaustive enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from nlpref.errors import InputError
from nlpref.latency import timed
from nlpref.metrics.significance import (
    estimates,
    f1_of,
    interval,
    macro_f1_interval,
    mean_interval,
    micro_f1_interval,
    paired_f1_test,
    paired_test,
    resample_weights,
)


def bounds(estimate):
    return estimate.value, estimate.low, estimate.high


def test_interval_agrees_with_scipy():
    values = np.random.default_rng(1).exponential(size=40)
    found = interval(lambda rows: float(np.median(values[rows])), 40, resamples=4000)
    expected = stats.bootstrap(
        (values,), np.median, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert found.value == np.median(values)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.05)


def test_level_and_seed():
    values = np.random.default_rng(1).normal(size=50)
    wide, narrow = mean_interval(values, level=0.99), mean_interval(values, level=0.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert mean_interval(values, seed=3) == mean_interval(values, seed=3) != mean_interval(values, seed=4)


def test_intervals_cover_as_often_as_they_say():
    random = np.random.default_rng(0)
    found = [mean_interval(random.binomial(1, 0.7, 100), resamples=200, seed=seed) for seed in range(200)]
    assert 0.88 <= np.mean([estimate.low <= 0.7 <= estimate.high for estimate in found]) <= 0.99


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_fast_paths_are_the_plain_bootstrap(n, seed):
    random = np.random.default_rng(seed)
    values, counts = random.normal(size=n), random.integers(0, 3, (n, 3))
    gold, predicted = random.integers(0, 5, (2, n))
    options = {"resamples": 50, "seed": seed}
    plain = interval(lambda rows: float(values[rows].mean()), n, **options)
    assert bounds(mean_interval(values, **options)) == pytest.approx(bounds(plain))
    plain = interval(lambda rows: float(f1_of(counts[rows].sum(axis=0))), n, **options)
    assert bounds(micro_f1_interval(counts, **options)) == pytest.approx(bounds(plain))
    plain = interval(lambda rows: f1_score(gold[rows], predicted[rows], average="macro", zero_division=0), n, **options)
    assert bounds(macro_f1_interval(gold, predicted, **options)) == pytest.approx(bounds(plain))


def test_blocks_of_resamples_do_not_change_the_draws(monkeypatch):
    whole = np.hstack(list(resample_weights(30, 50)))
    monkeypatch.setattr("nlpref.metrics.significance._CELLS", 70)
    blocks = list(resample_weights(30, 50))
    assert len(blocks) == 25
    np.testing.assert_array_equal(np.hstack(blocks), whole)
    np.testing.assert_array_equal(whole.sum(axis=0), np.full(50, 30))


def test_undefined_resamples_and_statistics():
    found = interval(lambda rows: 1.0 if 0 in rows else float("nan"), 5, resamples=100)
    assert bounds(found) == (1, 1, 1)
    assert bounds(interval(lambda rows: 2.0 if len(set(rows)) == 3 else float("nan"), 3, resamples=1, seed=5)) == (2, 2, 2)
    assert estimates(lambda weights: {"gone": np.full(weights.shape[1], np.nan)}, 3, 10) == {}
    with pytest.raises(InputError, match="leave out what cannot be measured"):
        interval(lambda rows: float("nan"), 3, resamples=2)


def test_twelve_thousand_examples_and_77_labels_take_seconds():
    random = np.random.default_rng(0)
    gold = random.integers(0, 77, 12_000)
    predicted = np.where(random.random(12_000) < 0.9, gold, random.integers(0, 77, 12_000))
    with timed() as watch:
        found = macro_f1_interval(gold, predicted)
    assert watch.seconds < 5
    assert found.low < f1_score(gold, predicted, average="macro") < found.high


def exact_p(a, b):
    return stats.permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True, n_resamples=np.inf
    ).pvalue


@pytest.mark.parametrize("seed", range(5))
def test_paired_test_agrees_with_the_exact_one(seed):
    random = np.random.default_rng(seed)
    a = random.normal(0.4, 1, 10)
    b = random.normal(0, 1, 10)
    found = paired_test(a, b)
    assert found.difference == pytest.approx((a - b).mean())
    assert found.p_value == pytest.approx(exact_p(a, b), abs=0.02)
    assert found.low < found.difference < found.high
    assert bounds(mean_interval(a - b, resamples=10_000)) == (found.difference, found.low, found.high)


def test_ties_count_as_extreme():
    # All sign flips but those of the four 0.1 differences leave the same |sum|: sums differ in the last digit only.
    a, b = np.array([0.1, 0.1, 0.1, 0.1]), np.zeros(4)
    assert paired_test(a, b).p_value == pytest.approx(exact_p(a, b), abs=0.02)


def test_equal_systems_do_not_differ():
    found = paired_test([1, 0, 1], [1, 0, 1], resamples=100)
    assert (found.difference, found.low, found.high, found.p_value, found.n) == (0, 0, 0, 1, 3)
    counts = np.array([[1, 0, 2], [0, 1, 0]])
    assert paired_f1_test(counts, counts, resamples=100).p_value == 1


def test_p_values_are_uniform_when_nothing_differs():
    random = np.random.default_rng(0)
    found = [paired_test(*random.normal(size=(2, 30)), resamples=200, seed=seed).p_value for seed in range(200)]
    assert 0.01 <= np.mean(np.array(found) <= 0.05) <= 0.1


@pytest.mark.parametrize("seed", range(3))
def test_paired_f1_agrees_with_all_exchanges(seed):
    random = np.random.default_rng(seed)
    a, b = random.integers(0, 3, (2, 8, 3))
    a[:, 0] += 1
    found = paired_f1_test(a, b)
    assert abs(found.difference) == pytest.approx(abs(f1_of(a.sum(axis=0)) - f1_of(b.sum(axis=0))))
    assert found.p_value == pytest.approx(exchanged(a, b), abs=0.02)
    assert found.low <= found.difference <= found.high


def test_f1_is_counted_again_on_each_resample_and_not_averaged():
    """By hand: one system is right on a long sentence, the other on three short ones, so that means point the other way."""
    long, short = [10, 0, 0], [1, 0, 0]
    a = np.array([long, [0, 1, 1], [0, 1, 1], [0, 1, 1]])
    b = np.array([[0, 10, 10], short, short, short])
    found = paired_f1_test(a, b, resamples=2000, seed=1)
    assert found.difference == pytest.approx(20 / 26 - 6 / 26)  # means over sentences: 1/4 against 3/4
    drawn = np.random.default_rng(1).integers(0, 4, (2000, 4))
    plain = [f1_of(a[rows].sum(axis=0)) - f1_of(b[rows].sum(axis=0)) for rows in drawn]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])))
    assert found.p_value == pytest.approx(exchanged(a, b), abs=0.03)


def exchanged(a, b):
    """Share of all ways to exchange outputs whose difference is as large."""
    observed = abs(f1_of(a.sum(axis=0)) - f1_of(b.sum(axis=0)))
    masks = [np.array(choice)[:, None] for choice in itertools.product([False, True], repeat=len(a))]
    swapped = [abs(f1_of(np.where(mask, b, a).sum(axis=0)) - f1_of(np.where(mask, a, b).sum(axis=0))) for mask in masks]
    return np.mean(np.array(swapped) >= observed * (1 - 1e-9))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([]), r"shape \(0,\)"),
        (lambda: mean_interval([1.0, float("nan")]), "all finite"),
        (lambda: mean_interval([1.0], level=1.0), "0 < level < 1"),
        (lambda: interval(lambda rows: 0.0, 0), "n=0"),
        (lambda: micro_f1_interval(np.ones((2, 2))), r"shape \(n, 3\)"),
        (lambda: macro_f1_interval(np.ones(2), np.ones(3)), "one shape"),
        (lambda: macro_f1_interval(np.array([], int), np.array([], int)), "n >= 1"),
        (lambda: paired_test([1.0], [1.0, 2.0]), "got 1 and 2 scores"),
        (lambda: paired_f1_test(np.ones((1, 3)), np.ones((2, 3))), "got 1 and 2"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(InputError, match=message):
        call()
