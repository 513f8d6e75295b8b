"""Calibrators worked out by hand, against scikit-learn, and against an independent search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import approx_fprime, minimize
from scipy.special import logit, softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from tests.decisions.told import drawn

from nlpref.decisions.affine import PENALTIES, chosen_penalty, fit_affine
from nlpref.decisions.calibration import CALIBRATORS
from nlpref.decisions.calibrator import Calibrator, logs_of
from nlpref.decisions.dirichlet import DirichletCalibrator
from nlpref.decisions.isotonic import IsotonicCalibrator
from nlpref.decisions.temperature import TemperatureCalibrator
from nlpref.decisions.vector import VectorCalibrator
from nlpref.metrics.reliability import expected_calibration_error, reliability_bins

Floats = NDArray[np.float64]


def ece(probabilities: Floats, targets: NDArray[np.intp]) -> float:
    return expected_calibration_error(reliability_bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == targets))


def naive(labels: int) -> tuple[GaussianNB, Floats, NDArray[np.intp]]:
    """Naive Bayes on features that depend on each other, so it is too sure; and other examples to calibrate it on."""
    random = np.random.default_rng(labels)
    targets = random.integers(0, labels, 1200)
    once = random.normal(size=(1200, 3)) + targets[:, None] * [0.7, -0.5, 0.3]
    features = np.hstack([once, once + random.normal(scale=0.2, size=once.shape)])
    model = GaussianNB().fit(features[:300], targets[:300])
    return model, features[300:], targets[300:]


def test_temperature_worked_out_by_hand() -> None:
    """Told 0.9 each time and right 7 times of 10: the logit of 0.9 becomes that of the smoothed share, once (n + 1) / (n + 2)."""
    probabilities = np.tile([0.9, 0.1], (10, 1))
    made = TemperatureCalibrator.fit(probabilities, np.array([0] * 7 + [1] * 3), 0)
    share = 0.7 * 11 / 12 + 0.3 * 1 / 12
    assert float(made.scale) == pytest.approx(logit(share) / logit(0.9), rel=1e-4)
    assert made(probabilities)[0] == pytest.approx([share, 1 - share], abs=1e-5)


@pytest.mark.parametrize("labels", [2, 4])
@pytest.mark.parametrize("method", ["isotonic", "temperature"])
def test_calibrated_as_by_scikit_learn(method: str, labels: int) -> None:
    model, features, targets = naive(labels)
    theirs = CalibratedClassifierCV(FrozenEstimator(model), method=method).fit(features[:500], targets[:500])
    told = model.predict_proba(features)
    made = CALIBRATORS[method].fit(told[:500], targets[:500], 0)
    expected, found = theirs.predict_proba(features[500:]), made(told[500:])
    # theirs does not smooth the targets
    assert found == pytest.approx(expected, abs=1e-9 if method == "isotonic" else 5e-3)


@given(st.integers(2, 6), st.integers(0, 1000))
def test_temperature_changes_no_answer(labels: int, seed: int) -> None:
    probabilities, targets = drawn(30, labels, seed, sharpness=3.0)
    made = TemperatureCalibrator.fit(probabilities, targets, 0)
    assert (made(probabilities).argmax(axis=1) == probabilities.argmax(axis=1)).all()


@pytest.mark.parametrize("kind", CALIBRATORS.values())
@pytest.mark.parametrize("labels", [2, 3])
def test_what_is_too_sure_becomes_honest(kind: type[Calibrator], labels: int) -> None:
    """Margins were tripled, so a third of them is right; on other examples the error falls to a third or less."""
    held, new = drawn(3000, labels, 1, sharpness=3.0), drawn(3000, labels, 2, sharpness=3.0)
    made = kind.fit(*held, 0)
    after = made(new[0])
    assert after.shape == new[0].shape
    assert after.sum(axis=1) == pytest.approx(np.ones(len(after)))
    assert ece(after, new[1]) <= ece(*new) / 3
    assert log_loss(new[1], after) < log_loss(new[1], new[0])


@pytest.mark.parametrize("full", [False, True])
def test_slope_and_optimum_of_the_affine_map(full: bool) -> None:
    probabilities, targets = drawn(80, 3, 5, sharpness=2.0)
    logs, size = logs_of(probabilities), 9 if full else 3
    identity = (np.eye(3) if full else np.ones(3), np.zeros(3))
    centre = 0.5 * identity[0]

    def loss(flat: Floats) -> float:
        factors = flat[:size].reshape(identity[0].shape)
        moved = (logs @ factors.T if full else logs * factors) + flat[size:]
        likely = -np.log(softmax(moved, axis=1)[np.arange(80), targets]).sum()
        return float(likely + 5 / 2 * (((factors - centre) ** 2).sum() + (flat[size:] ** 2).sum()))

    factors, offsets = fit_affine(logs, targets, 5.0, centre, identity)
    flat = np.concatenate([factors.ravel(), offsets])
    expected = minimize(loss, np.concatenate([identity[0].ravel(), identity[1]]), method="BFGS")
    assert loss(flat) == pytest.approx(float(expected.fun), rel=1e-6)
    assert np.abs(approx_fprime(flat, loss, 1e-7)).max() < 0.05


def test_maps_stay_at_temperature_scaling_where_nothing_else_pays() -> None:
    """Five examples for each of twenty labels, drawn from the very probabilities."""
    probabilities, targets = drawn(100, 20, 3)
    expected = TemperatureCalibrator.fit(probabilities, targets, 0)(probabilities)
    for kind in (VectorCalibrator, DirichletCalibrator):
        assert np.abs(kind.fit(probabilities, targets, 0)(probabilities) - expected).max() < 0.05
    assert chosen_penalty(logs_of(probabilities), targets, np.eye(20), seed=0) > PENALTIES[-1]
    assert chosen_penalty(logs_of(probabilities[:2]), targets[:2], np.eye(20), seed=0) == float("inf")


def test_only_the_full_matrix_mends_two_labels_that_were_swapped() -> None:
    probabilities, targets = drawn(2000, 3, 7)
    swapped = probabilities[:, [1, 0, 2]]
    losses = {name: log_loss(targets, CALIBRATORS[name].fit(swapped, targets, 0)(swapped)) for name in ("vector", "dirichlet")}
    assert losses["dirichlet"] == pytest.approx(log_loss(targets, probabilities), rel=0.02)
    assert losses["vector"] > 1.1 * losses["dirichlet"]


@pytest.mark.parametrize("kind", CALIBRATORS.values())
def test_a_label_of_which_none_is_held_out_stays_possible(kind: type[Calibrator]) -> None:
    probabilities, targets = drawn(300, 4, 9)
    seen = targets != 3
    after = kind.fit(probabilities[seen], targets[seen], 0)(probabilities)
    assert np.isfinite(after).all()
    assert after[:, 3].max() > 0.5
    lost = kind.fit(probabilities[:1], targets[:1], 0)(probabilities)  # a single example
    assert lost.sum(axis=1) == pytest.approx(np.ones(300))


def test_isotonic_steps_worked_out_by_hand() -> None:
    """Of label 1: told 0.2, 0.4, 0.6, 0.8 and seen 0, 1, 0, 1; the two in the middle are pooled."""
    told = np.array([0.2, 0.4, 0.6, 0.8])
    made = IsotonicCalibrator.fit(np.stack([1 - told, told], axis=1), np.array([0, 1, 0, 1]), 0)
    asked = np.array([0.1, 0.3, 0.5, 0.9])
    assert made(np.stack([1 - asked, asked], axis=1))[:, 1] == pytest.approx([0.0, 0.25, 0.5, 1.0])


def test_a_text_for_which_all_curves_say_nothing_keeps_its_probabilities() -> None:
    made = IsotonicCalibrator(np.array([0.0, 0.9, 1.0] * 2), np.array([0.0, 0.0, 1.0] * 2), np.array([3, 6]))
    assert made(np.array([[0.6, 0.4]])) == pytest.approx(np.array([[0.6, 0.4]]))


def test_certainty_is_taken_and_given_back() -> None:
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    for kind in CALIBRATORS.values():
        assert np.isfinite(kind.fit(probabilities, np.array([0, 1, 0]), 0)(probabilities)).all()
