"""Bins of a reliability diagram, against the scores' calibration error and scikit-learn's curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from nlpref.errors import InputError
from nlpref.metrics.classification import classification_scores
from nlpref.metrics.reliability import expected_calibration_error, reliability_bins

PAIRS = st.lists(st.tuples(st.floats(0.5, 1), st.booleans()), min_size=1, max_size=40)


def test_bins_worked_out_by_hand() -> None:
    found = reliability_bins([0.5, 0.55, 0.95, 1.0], [True, False, True, True], bins=10)
    assert [(row["low"], row["high"], row["count"]) for row in found] == [(0.4, 0.5, 1), (0.5, 0.6, 1), (0.9, 1.0, 2)]
    assert [row["confidence"] for row in found] == pytest.approx([0.5, 0.55, 0.975])
    assert [row["accuracy"] for row in found] == [1.0, 0.0, 1.0]
    assert expected_calibration_error(found) == pytest.approx((0.5 + 0.55 + 2 * 0.025) / 4)
    assert reliability_bins([], []) == []
    assert expected_calibration_error([]) == 0.0


@given(PAIRS)
def test_error_is_that_of_the_scores(pairs: list[tuple[float, bool]]) -> None:
    sure = np.array([confidence for confidence, _ in pairs])
    right = np.array([verdict or confidence == 0.5 for confidence, verdict in pairs])  # of a tie the first label is the answer
    gold = ["a" if verdict else "b" for verdict in right]
    scores = classification_scores(gold, np.stack([sure, 1 - sure], axis=1), ["a", "b"])
    assert expected_calibration_error(reliability_bins(sure, right)) == pytest.approx(scores["ece"], abs=1e-12)


def test_curve_is_scikit_learns() -> None:
    random = np.random.default_rng(0)
    sure = random.random(500)
    right = random.random(500) < sure**2
    accuracy, confidence = calibration_curve(right, sure, n_bins=12)
    found = reliability_bins(sure, right, bins=12)
    assert [row["accuracy"] for row in found] == pytest.approx(accuracy)
    assert [row["confidence"] for row in found] == pytest.approx(confidence)


@pytest.mark.parametrize(
    ("sure", "right", "named"), [([0.5], [True, False], r"\(1,\) and \(2,\)"), ([1.5], [True], "between 0 and 1, got 1.5")]
)
def test_what_is_no_confidence_is_refused(sure: list[float], right: list[bool], named: str) -> None:
    with pytest.raises(InputError, match=named):
        reliability_bins(sure, right)
