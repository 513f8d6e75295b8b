"""P-values and the fixed-sequence test, against MAPIE and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control.fwer_control import FWERFixedSequenceTesting, control_fwer
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value

from nlpref.errors import InputError
from nlpref.metrics.risk_control import (
    binomial_p_values,
    fallback_test,
    fixed_sequence_test,
    hoeffding_bentkus_p_values,
    smallest_sample,
)

RISKS = st.floats(0.005, 0.5)
LEVELS = st.floats(0.01, 0.5)


@given(st.lists(st.floats(0, 0.999), min_size=1, max_size=20), st.integers(1, 3000), RISKS)
def test_bounds_for_any_loss_are_mapies(means: list[float], n: int, risk: float) -> None:
    theirs = compute_hoeffding_bentkus_p_value(np.array(means), n, risk)[:, 0]
    assert hoeffding_bentkus_p_values(means, n, risk) == pytest.approx(theirs, rel=1e-6, abs=1e-12)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))), RISKS)
def test_binomial_p_values_are_mapies_for_binary_losses(drawn: tuple[int, int], risk: float) -> None:
    n, losses = drawn
    below = (losses - 1e-9) / n if losses else 0.0  # theirs rounds n * mean up, which must not pass the whole number
    theirs = compute_hoeffding_bentkus_p_value(np.array([below]), n, risk, binary=True)[0, 0]
    ours = float(binomial_p_values(losses, n, risk))
    assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-12)
    assert ours <= hoeffding_bentkus_p_values(losses / n, n, risk) * (1 + 1e-9)


def test_p_values_worked_out_by_hand() -> None:
    assert binomial_p_values([0, 1, 2], 2, 0.25) == pytest.approx([0.75**2, 0.75**2 + 2 * 0.75 * 0.25, 1.0])
    assert binomial_p_values([], 5, 0.1).shape == (0,)
    # no loss: Hoeffding's bound is (1 - risk)^n exactly; as many as expected: it says nothing
    assert hoeffding_bentkus_p_values([0.0, 0.25], 8, 0.25) == pytest.approx([0.75**8, 1.0])


@given(st.lists(st.one_of(st.floats(0, 1), st.floats(0, 0.1)), min_size=1, max_size=30), LEVELS)
def test_fixed_sequence_is_mapies(p_values: list[float], level: float) -> None:
    theirs = control_fwer(np.array(p_values), level, "fixed_sequence")
    assert list(range(fixed_sequence_test(p_values, level))) == theirs.tolist()


def test_sequence_ends_at_the_first_that_fails() -> None:
    assert fixed_sequence_test([0.01, 0.1, 0.11, 0.0], 0.1) == 2
    assert fixed_sequence_test([0.2, 0.0], 0.1) == 0
    assert fixed_sequence_test([], 0.1) == 0
    assert fixed_sequence_test([float("nan")], 0.1) == 0


@given(RISKS, LEVELS)
def test_smallest_sample_is_the_smallest(risk: float, level: float) -> None:
    n = smallest_sample(risk, level)
    assert binomial_p_values(0, n, risk) <= level
    assert n == 1 or binomial_p_values(0, n - 1, risk) > level * (1 - 1e-9)


def test_too_risky_settings_pass_as_rarely_as_promised_and_safe_ones_often() -> None:
    """Twenty settings of rising risk, half of them too risky: losses of one example are drawn together."""
    random, n, level = np.random.default_rng(0), 400, 0.1
    risks = np.linspace(0.005, 0.1, 20)
    passed = []
    for _ in range(2000):
        losses = (random.random(n)[:, None] < risks).sum(axis=0)
        passed.append(fixed_sequence_test(binomial_p_values(losses, n, 0.05), level))
    safe = int((risks <= 0.05).sum())
    mistakes = float(np.mean(np.array(passed) > safe))
    assert mistakes <= level + 3 * np.sqrt(level * (1 - level) / 2000)
    assert float(np.median(passed)) >= safe - 4  # not so careful as to be of no use


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: binomial_p_values(1, 0, 0.1), "n=0"),
        (lambda: binomial_p_values(1, 5, 1.0), "risk=1.0"),
        (lambda: binomial_p_values([0, 6], 5, 0.1), "0 to 6"),
        (lambda: hoeffding_bentkus_p_values(1.5, 5, 0.1), "between 0 and 1, got 1.5"),
        (lambda: fixed_sequence_test([0.1], 0), "got 0"),
        (lambda: smallest_sample(0.0, 0.1), "risk=0.0"),
        (lambda: smallest_sample(0.1, 1), "level=1"),
    ],
)
def test_numbers_out_of_range_are_named(call, named: str) -> None:
    with pytest.raises(InputError, match=named):
        call()


SHARES = st.lists(st.tuples(st.floats(0, 0.3), st.sampled_from([0.0, 0.02, 0.05])), min_size=1, max_size=15)


@given(SHARES)
def test_fallback_lets_through_what_several_starts_do_and_more(pairs: list[tuple[float, float]]) -> None:
    p_values, levels = zip(*pairs, strict=True)
    if not sum(levels):
        return
    passed = fallback_test(p_values, levels)
    budgets = []
    for position, level in enumerate(levels):
        budgets.append(level + (budgets[-1] if position and passed[position - 1] else 0.0))
    assert passed.tolist() == [budget > 0 and p <= budget + 1e-15 for p, budget in zip(p_values, budgets, strict=True)]


@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=30), LEVELS)
def test_fallback_with_one_start_is_mapies_fixed_sequence(p_values: list[float], level: float) -> None:
    theirs = control_fwer(np.array(p_values), level, "fixed_sequence")
    found = fallback_test(p_values, [level] + [0.0] * (len(p_values) - 1))
    assert np.flatnonzero(found).tolist() == theirs.tolist()


@given(st.lists(st.floats(0, 0.3), min_size=8, max_size=24).filter(lambda values: not len(values) % 4), LEVELS)
def test_fallback_lets_through_all_that_mapies_several_starts_do(p_values: list[float], level: float) -> None:
    theirs = control_fwer(np.array(p_values), level, FWERFixedSequenceTesting(n_starts=4))
    levels = np.zeros(len(p_values))
    levels[:: len(p_values) // 4] = level / 4
    assert set(theirs.tolist()) <= set(np.flatnonzero(fallback_test(p_values, levels)).tolist())


@pytest.mark.parametrize("levels", [[0.1], [0.1, -0.1], [0.0, 0.0], [0.6, 0.4]])
def test_levels_that_do_not_fit_are_named(levels: list[float]) -> None:
    with pytest.raises(InputError, match="one level of 0 or more for each of 2 p-values"):
        fallback_test([0.1, 0.2], levels)


def test_each_p_value_may_have_a_number_of_its_own() -> None:
    found = binomial_p_values([0, 1], np.array([2, 4]), 0.5)
    assert found == pytest.approx([0.25, 5 / 16])
    with pytest.raises(InputError, match="losses must lie"):
        binomial_p_values([3, 1], np.array([2, 4]), 0.5)
