"""Scores of scope: by hand, and against scikit-learn and scipy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.neighbors import NearestNeighbors

from nlpref.decisions.scope import Energy, Evidence, Mahalanobis, MaximumProbability, NearestNeighbours
from nlpref.decisions.scope.combination import Combination
from nlpref.errors import InputError

RANDOM = np.random.default_rng(0)
TARGETS = np.arange(60) % 3
KNOWN = (RANDOM.normal(size=(60, 4)) * [1, 2, 0.5, 1] + TARGETS[:, None]).astype(np.float32)
ASKED = RANDOM.normal(size=(9, 4)).astype(np.float32)
EVEN = np.array([[0.5, 0.5]])


def evidence(features: np.ndarray) -> Evidence:
    return Evidence(np.full((len(features), 2), 0.5), features=features)


def test_maximum_probability_by_hand() -> None:
    found = MaximumProbability().score(Evidence(np.array([[0.25, 0.75], [0.5, 0.5]])), {})
    assert found == pytest.approx(np.log([0.75, 0.5]))


def test_energy_by_hand() -> None:
    shown = Evidence(EVEN, margins=np.array([[np.log(3), np.log(5)], [1000.0, 1000.0]]))
    assert Energy().score(shown, {}) == pytest.approx([np.log(8), 1000 + np.log(2)])
    assert Energy(temperature=2.0).score(shown, {})[1] == pytest.approx(1000 + 2 * np.log(2))
    assert Energy(temperature=0.01).score(shown, {})[0] == pytest.approx(np.log(5))


def test_mahalanobis_by_hand() -> None:
    """Two classes around (0, 0) and (10, 0); the pooled covariance is diag(1, 4), to which a tenth of 2.5 comes."""
    offsets = np.array([[1, 2], [-1, -2], [1, -2], [-1, 2]], dtype=np.float32)
    score = Mahalanobis(shrinkage=0.1)
    learnt = score.learn(evidence(np.concatenate([offsets, offsets + np.float32([10, 0])])), np.repeat([0, 1], 4))
    asked = evidence(np.array([[0, 0], [12, 0], [3, 4]], dtype=np.float32))
    assert score.score(asked, learnt) == pytest.approx([0, -4 / 1.15, -9 / 1.15 - 16 / 3.85])


def test_mahalanobis_agrees_with_scipy() -> None:
    score = Mahalanobis(shrinkage=0.2)
    found = score.score(evidence(ASKED), score.learn(evidence(KNOWN), TARGETS))
    classes = [KNOWN[one::3].astype(np.float64) for one in range(3)]
    means = [rows.mean(axis=0) for rows in classes]
    covariance = sum(np.cov(rows.T, ddof=0) for rows in classes) / 3
    inverse = np.linalg.inv(0.8 * covariance + 0.2 * np.trace(covariance) / 4 * np.eye(4))
    expected = [-min(mahalanobis(row, mean, inverse) ** 2 for mean in means) for row in ASKED]
    assert found == pytest.approx(expected, rel=1e-5)


def test_features_that_do_not_scatter_are_no_fault() -> None:
    score = Mahalanobis()
    for value in (1.0, 0.0):
        same = evidence(np.full((4, 3), value, dtype=np.float32))
        assert score.score(same, score.learn(same, np.array([0, 0, 1, 1]))) == pytest.approx(np.zeros(4), abs=1e-6)


@pytest.mark.parametrize("k", [1, 4])
def test_neighbours_agree_with_scikit_learn(k: int) -> None:
    score = NearestNeighbours(k=k)
    found = score.score(evidence(ASKED), score.learn(evidence(KNOWN), TARGETS))
    distances, _ = NearestNeighbors(n_neighbors=k, metric="cosine").fit(KNOWN).kneighbors(ASKED)
    assert found == pytest.approx(1 - distances.mean(axis=1), abs=1e-5)


def test_neighbours_by_hand_many_at_once_and_fewer_than_asked_for() -> None:
    score = NearestNeighbours(k=5)
    learnt = score.learn(evidence(np.array([[2, 0], [0, 3]], dtype=np.float32)), np.array([0, 1]))
    asked = np.tile(np.array([[1, 0], [1, 1], [0, 0]], dtype=np.float32), (400, 1))
    assert score.score(evidence(asked), learnt) == pytest.approx(np.tile([0.5, 2**-0.5, 0.0], 400))


def test_combination_by_hand() -> None:
    made = Combination.fit(np.array([[1.0, 10.0, 7.0], [3.0, 30.0, 7.0]]))
    assert made(np.array([[4.0, 40.0, 7.0], [2.0, 10.0, 7.0]])) == pytest.approx([4 / 3, -1 / 3])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Energy().score(Evidence(EVEN), {}), "'energy' needs margins .* represent"),
        (lambda: Mahalanobis().learn(Evidence(EVEN), TARGETS), "'mahalanobis' needs features .* or an encoder"),
        (lambda: NearestNeighbours().learn(Evidence(EVEN), TARGETS), "'nearest_neighbours' needs features"),
        (lambda: NearestNeighbours(k=0), "k must be a whole number from 1, got 0"),
        (lambda: Mahalanobis(shrinkage=0), "shrinkage must lie above 0 and be at most 1, got 0"),
        (lambda: Energy(temperature=0), "must be above 0, got 0"),
    ],
)
def test_what_does_not_fit_is_named(call: Callable[[], object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        call()
