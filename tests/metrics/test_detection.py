"""Precision at a recall and average precision, by hand and by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve

from nlpref.errors import InputError
from nlpref.metrics.detection import average_precision, detection_estimates, precision_at_recall


@pytest.mark.parametrize("seed", range(4))
def test_agree_with_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores, sought = generator.normal(size=200), generator.random(200) < 0.1
    assert average_precision(scores, sought) == pytest.approx(average_precision_score(sought, scores))
    precision, recall, _ = precision_recall_curve(sought, scores)
    shortest = np.flatnonzero(recall >= 0.7)[-1]
    assert precision_at_recall(scores, sought, 0.7) == pytest.approx(precision[shortest])


def test_by_hand() -> None:
    scores, sought = np.array([5.0, 4, 3, 2, 1]), np.array([True, False, True, False, True])
    assert precision_at_recall(scores, sought, 0.3) == 1.0
    assert precision_at_recall(scores, sought, 2 / 3) == pytest.approx(2 / 3)
    found = detection_estimates(scores, np.array([True, True, False, False, False]), sought, resamples=50)
    assert found["flagged_precision"].value == 0.5
    assert found["flagged_recall"].value == pytest.approx(1 / 3)
    assert found["precision_at_recall_0.7"].value == pytest.approx(3 / 5)
    assert "flagged_precision" not in detection_estimates(scores, np.zeros(5, dtype=bool), sought, resamples=50)


def test_nothing_to_be_found() -> None:
    nothing = np.zeros(3, dtype=bool)
    assert np.isnan(average_precision(np.arange(3.0), nothing))
    assert np.isnan(precision_at_recall(np.arange(3.0), nothing))
    with pytest.raises(InputError, match="3, 3 and 3 with 0 sought"):
        detection_estimates(np.arange(3.0), nothing, nothing)
