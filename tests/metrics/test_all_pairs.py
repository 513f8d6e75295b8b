"""Many systems compared: exact randomisation by hand, Holm over all pairs, wins counted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nlpref.errors import InputError
from nlpref.metrics.all_pairs import compare_all, compare_results, differences, wins_ties_losses
from nlpref.metrics.multiple import holm
from nlpref.results import Estimate, EvalResult

SCORES = {
    "a": [0.9, 0.8, 1.0, 0.7, 0.6, 1.0, 0.4, 0.9],
    "b": [0.5, 0.8, 0.6, 0.2, 0.7, 0.3, 0.1, 0.4],
    "c": [0.5, 0.7, 0.6, 0.3, 0.6, 0.3, 0.2, 0.4],
}


def exact(first: list[float], second: list[float]) -> float:
    """Share of all sign patterns whose mean is at least as far from zero."""
    differences = np.array(first) - np.array(second)
    means = [abs(np.dot(differences, signs)) for signs in itertools.product((-1, 1), repeat=len(differences))]
    return float(np.mean([mean >= abs(differences.sum()) - 1e-12 for mean in means]))


def test_agrees_with_all_sign_patterns_and_holm() -> None:
    found = compare_all(SCORES, resamples=20_000)
    assert [(one.first, one.second) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    expected = [exact(SCORES[one.first], SCORES[one.second]) for one in found]
    assert [one.test.p_value for one in found] == pytest.approx(expected, abs=0.01)
    assert [one.p_value for one in found] == holm([one.test.p_value for one in found])
    assert [one.test.difference for one in found] == pytest.approx(
        [np.mean(SCORES[one.first]) - np.mean(SCORES[one.second]) for one in found]
    )


def test_wins_ties_and_losses_by_hand() -> None:
    found = compare_all(SCORES, resamples=100)
    assert [(one.wins, one.ties, one.losses) for one in found] == [(6, 1, 1), (7, 1, 0), (2, 4, 2)]
    assert wins_ties_losses([0.1 + 0.2], [0.3]) == (0, 1, 0)  # the same number, summed otherwise


def test_few_false_alarms_among_equal_systems() -> None:
    random = np.random.default_rng(0)
    alarms = 0
    for _ in range(20):
        scores = {name: random.random(30).tolist() for name in "abcd"}
        alarms += any(one.differs for one in compare_all(scores, resamples=500))
    assert alarms <= 4  # one in twenty is expected at most; five or more would come about once in 400 times


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"a": [1.0]}, "at least two systems, got 1"),
        ({"a": [1.0], "b": [1.0, 0.0]}, "same examples, got these numbers of scores"),
        ({"a": [1.0], "b": [float("nan")]}, "finite"),
    ],
)
def test_refuses(scores: dict[str, list[float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_all(scores)


def result(scores: dict[str, list[float]], scored: str = "1", split: str = "test") -> EvalResult:
    return EvalResult(
        task="retrieval",
        dataset={"name": "toy", "revision": "r", "scored": scored},
        model="m",
        split=split,
        n=8,
        seed=0,
        metrics={"ndcg@10": Estimate(0.5, 0.4, 0.6)},
        primary="ndcg@10",
        scores=scores,
    )


def test_records_are_compared_by_their_primary_metric() -> None:
    records = {name: result({"ndcg@10": values}) for name, values in SCORES.items()}
    assert compare_results(records, resamples=500) == compare_all(SCORES, resamples=500)


def test_differences_of_each_example() -> None:
    mine, theirs = (result({"ndcg@10": SCORES[name]}) for name in "bc")
    assert differences(mine, theirs) == pytest.approx([0, 0.1, 0, -0.1, 0.1, 0, -0.1, 0])
    assert differences(result({"ndcg@10": [0.1 + 0.2]}), result({"ndcg@10": [0.3]})) == [0.0]


def test_records_of_different_data_are_refused() -> None:
    mine = result({"ndcg@10": [1.0], "map": [1.0]})
    with pytest.raises(InputError, match="same task, data, split and metric"):
        compare_results({"a": mine, "b": result({"ndcg@10": [1.0]}, scored="2")})
    with pytest.raises(InputError, match="same task, data, split and metric"):
        compare_results({"a": mine, "b": result({"ndcg@10": [1.0]}, split="folds")})
    with pytest.raises(InputError, match="b has no map of each example; it has: ndcg@10"):
        compare_results({"a": mine, "b": result({"ndcg@10": [1.0]})}, metric="map")
