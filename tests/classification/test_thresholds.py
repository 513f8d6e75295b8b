"""Thresholds worked out by hand, against a plain search, and by simulation of what they promise."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest

from nlpref.classification.thresholds import Held, affordable_thresholds, answering_stages, mean_costs, promised_threshold
from nlpref.errors import InputError

T, F = True, False


def held(scores: list[list[float]], right: list[list[bool]]) -> Held:
    return Held(np.array(scores, dtype=np.float64), np.array(right, dtype=np.bool_))


FOUR = held([[0.9], [0.8], [0.7], [0.6]], [[T, T], [F, T], [T, T], [F, T]])
"""A quick stage that is wrong on the second and on the fourth, and a last one that never is."""


@pytest.mark.parametrize(
    ("level", "threshold", "lost"),
    [
        # Losses 0, 0, 1, 1, 2 as the threshold falls below 1, 0.9, 0.8, 0.7 and 0.6; the chance of at most 0, 1, 2 of 4, if
        # half were lost, is 1/16, 5/16, 11/16.
        (0.05, 1.0, 0),
        (1 / 16, 0.85, 0),
        (0.3, 0.85, 0),
        (5 / 16, 0.65, 1),
        (0.7, 0.3, 2),
    ],
)
def test_promised_threshold_worked_out_by_hand(level: float, threshold: float, lost: int) -> None:
    assert promised_threshold(FOUR, 0.5, level) == (pytest.approx(threshold), lost)


def test_a_text_is_not_lost_if_the_last_stage_is_wrong_as_well() -> None:
    wrong = held(FOUR.scores.tolist(), [[T, F], [F, F], [F, F], [F, F]])
    assert promised_threshold(wrong, 0.5, 1 / 16) == (pytest.approx(0.3), 0)


def test_the_search_ends_at_the_first_failure_though_it_would_pass_again_below() -> None:
    """Stage 2 loses both texts between 0.5 and 0.9; below 0.5, stage 1 would answer them rightly."""
    both = held([[0.5, 0.9], [0.5, 0.9]], [[T, F, T], [T, F, T]])
    assert promised_threshold(both, 0.5, 0.3) == (pytest.approx(0.95), 0)


SCORES = st.sampled_from([0.2, 0.3, 0.5, 0.5000001, 0.8, 0.9, 1.0])


@st.composite
def cases(draw: st.DrawFn, largest: int = 25) -> Held:
    stages, n = draw(st.integers(2, 4)), draw(st.integers(1, largest))
    scores = [[draw(SCORES) for _ in range(stages - 1)] for _ in range(n)]
    return held(scores, [[draw(st.booleans()) for _ in range(stages)] for _ in range(n)])


def stage_of(scores: list[float], thresholds: tuple[float, ...]) -> int:
    return next((stage for stage, threshold in enumerate(thresholds) if scores[stage] > threshold), len(thresholds))


@given(cases(), st.floats(0.05, 0.6), st.floats(0.05, 0.6))
def test_promised_threshold_is_that_of_a_plain_search(case: Held, risk: float, level: float) -> None:
    expected = (1.0, 0)
    seen = sorted({0.0, 1.0, *case.scores.ravel().tolist()}, reverse=True)
    for above, below in pairwise(seen):
        threshold = (above + below) / 2
        stages = [stage_of(scores, (threshold,) * len(scores)) for scores in case.scores.tolist()]
        lost = sum(bool(right[-1] and not right[stage]) for right, stage in zip(case.right, stages, strict=True))
        if binomtest(lost, len(stages), risk, alternative="less").pvalue > level:
            break
        expected = (threshold, lost)
    found = promised_threshold(case, risk, level)
    assert found[1] == expected[1]
    assert found[0] == pytest.approx(expected[0]) or (case.scores.max() == 1.0 and found == (1.0, 0))


@given(cases())
def test_answering_stages_and_costs_are_those_of_a_plain_search(case: Held) -> None:
    early = case.scores.shape[1]
    sets = list(product([0.0, 0.5, 1.0], repeat=early))
    costs = [1.0, 2.0, 5.0, 9.0][: early + 1]
    answered = answering_stages(case.scores, np.array(sets))
    for thresholds, row, cost in zip(sets, answered, mean_costs(answered, np.array(sets), costs), strict=True):
        expected = [stage_of(scores, thresholds) for scores in case.scores.tolist()]
        assert row.tolist() == expected
        asked = [[k for k in range(stage + 1) if k == early or thresholds[k] < 1] for stage in expected]
        assert cost == pytest.approx(np.mean([sum(costs[k] for k in stages) for stages in asked]))


@pytest.mark.parametrize(
    ("budget", "threshold"),
    [(1.0, 0.0), (1.9, 0.0), (2.0, 0.65), (50.0, 0.65)],
)
def test_affordable_thresholds_worked_out_by_hand(budget: float, threshold: float) -> None:
    """The quick stage, 1 ms, is wrong where it is least sure, the last one, 4 ms, where the quick one is surest: to send on one
    text of four costs 2 ms in the mean and makes all right."""
    case = held([[0.9], [0.8], [0.7], [0.6]], [[T, F], [T, T], [T, T], [F, T]])
    assert affordable_thresholds(case, [1.0, 4.0], budget) == (pytest.approx(threshold),)


def test_a_stage_that_does_not_help_is_left_out() -> None:
    case = held([[0.9, 0.9], [0.4, 0.9]], [[T, F, T], [F, F, T]])
    assert affordable_thresholds(case, [1.0, 1.0, 4.0], 3.0) == (pytest.approx(0.65), 1.0)
    assert affordable_thresholds(case, [1.0, 1.0, 4.0], 1.0)[0] == 0.0


@given(cases(8), st.floats(1.0, 12.0))
@settings(max_examples=50)
def test_no_affordable_thresholds_are_more_accurate(case: Held, budget: float) -> None:
    costs = [1.0, 2.0, 5.0, 9.0][: case.right.shape[1]]
    found = affordable_thresholds(case, costs, budget)

    def judged(thresholds: tuple[float, ...]) -> tuple[float, float]:
        stages = [stage_of(scores, thresholds) for scores in case.scores.tolist()]
        asked = [sum(costs[k] for k in range(s + 1) if k == s or thresholds[k] < 1) for s in stages]
        return float(np.mean([right[s] for right, s in zip(case.right, stages, strict=True)])), float(np.mean(asked))

    options = [sorted({0.0, 1.0, *((np.unique(column)[1:] + np.unique(column)[:-1]) / 2)}) for column in case.scores.T]
    every = [judged(thresholds) for thresholds in product(*options)]
    accuracy, cost = judged(found)
    assert cost <= budget + 1e-9
    assert accuracy == pytest.approx(max(accuracy for accuracy, cost in every if cost <= budget))


def test_many_scores_are_thinned_out_and_a_budget_too_small_is_refused() -> None:
    random = np.random.default_rng(0)
    scores = random.random((500, 2))
    right = np.column_stack([random.random((500, 2)) < scores, random.random(500) < 0.95])
    thresholds = affordable_thresholds(Held(scores, right), [1.0, 2.0, 10.0], 6.0)
    answered = answering_stages(scores, np.array([thresholds]))
    assert mean_costs(answered, np.array([thresholds]), [1.0, 2.0, 10.0])[0] == pytest.approx(6.0, abs=0.1)
    with pytest.raises(InputError, match=r"budget of 0\.5 ms a text: they take 1, 2, 10 ms; raise budget_ms"):
        affordable_thresholds(Held(scores, right), [1.0, 2.0, 10.0], 0.5)


def drawn(n: int, early: int, random: np.random.Generator) -> Held:
    """Quick stages whose scores tell how often they are right, and a last one that is right on 19 of 20.

    A score of stage k, from 1, has density (k + 1) s^k.
    """
    scores = random.random((n, early)) ** (1 / np.arange(2, 2 + early))
    return Held(scores, np.column_stack([random.random((n, early)) < scores, random.random(n) < 0.95]))


def true_risk(threshold: NDArray[np.float64], early: int) -> NDArray[np.float64]:
    """Share of texts lost: the integral of (1 - s) 2s above the threshold, and where stage 1 is unsure, of (1 - s) 3s^2."""
    first = 1 / 3 - threshold**2 + 2 / 3 * threshold**3
    second = threshold**2 * (1 / 4 - threshold**3 + 3 / 4 * threshold**4)
    return 0.95 * (first + second * (early == 2))


@pytest.mark.parametrize("early", [1, 2])
def test_the_promise_holds_as_often_as_promised_and_uses_up_most_of_the_risk(early: int) -> None:
    random, risk, level, draws = np.random.default_rng(early), 0.05, 0.1, 400
    found = [promised_threshold(drawn(1000, early, random), risk, level)[0] for _ in range(draws)]
    true = true_risk(np.array(found), early)
    broken = float((true > risk).mean())
    assert broken <= level + 2 * np.sqrt(level * (1 - level) / draws)
    assert broken >= level / 4  # a bound that is never broken is looser than it need be
    assert float(np.median(true)) >= 0.75 * risk


@pytest.mark.parametrize("early", [1, 2])
def test_the_risk_of_the_simulation_is_that_of_its_draws(early: int) -> None:
    many, thresholds = drawn(100_000, early, np.random.default_rng(0)), np.array([0.0, 0.5, 0.8, 1.0])
    answered = answering_stages(many.scores, np.repeat(thresholds[:, None], early, axis=1))
    lost = many.right[:, -1] & ~np.take_along_axis(many.right, answered.T, axis=1).T
    assert lost.mean(axis=1) == pytest.approx(true_risk(thresholds, early), abs=5e-3)
