"""Detection of texts out of scope: by hand, against scikit-learn, and against a plain search over thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from nlpref.errors import InputError
from nlpref.metrics.out_of_scope import detection_estimates, scope_estimates

ROWS = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), min_size=2, max_size=30)


def flags(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


def test_shares_by_hand() -> None:
    gold = ["a", "a", "b", "b", "oos", "oos", "oos"]
    predicted = ["a", "oos", "b", "a", "oos", "a", "oos"]
    found = scope_estimates(gold, predicted, "oos")
    assert found["in_scope_accuracy"].value == 0.5
    assert found["out_of_scope_recall"].value == pytest.approx(2 / 3)
    assert found["in_scope_accuracy"].low < 0.5 < found["in_scope_accuracy"].high


def test_what_is_not_there_is_absent() -> None:
    assert scope_estimates(["a", "b"], ["a", "oos"], "oos").keys() == {"in_scope_accuracy"}
    assert scope_estimates(["oos"], ["oos"], "oos").keys() == {"out_of_scope_recall"}


def test_recall_at_an_accuracy_by_hand() -> None:
    """Inside 9 right, 7 wrong, 5 right, 3 right; outside 8, 4, 4, 1. Accuracy 3/4 from a threshold of 3 down, 2/4 from 5."""
    scores = np.array([9, 7, 5, 3, 8, 4, 4, 1])
    inside, right = flags(1, 1, 1, 1, 0, 0, 0, 0), flags(1, 0, 1, 1, 0, 0, 0, 0)
    found = detection_estimates(scores, right, inside, levels=(0.8, 0.75, 0.5, 0.25))
    assert {name: estimate.value for name, estimate in found.items() if "@" in name} == {
        "recall@0.75": 0.25,
        "recall@0.5": 0.75,
        "recall@0.25": 1.0,
    }
    assert found["auroc"].value == (4 + 3 + 3 + 1) / 16


def test_a_text_outside_that_scores_as_the_last_one_needed_is_let_in() -> None:
    found = detection_estimates(np.array([2.0, 1.0, 1.0, 0.0]), flags(1, 1, 0, 0), flags(1, 1, 0, 0), levels=(1.0,))
    assert found["recall@1"].value == 0.5
    assert found["auroc"].value == (2 + 1.5) / 4


@given(rows=ROWS)
def test_agrees_with_scikit_learn_and_a_plain_search(rows: list[tuple[int, bool, bool]]) -> None:
    scores = np.array([row[0] for row in rows], dtype=np.float64)
    inside, right = flags(*(row[1] for row in rows)), flags(*(row[2] for row in rows))
    if inside.all() or not inside.any():
        return
    found = detection_estimates(scores, right, inside, levels=(0.9, 0.5), resamples=3)
    assert found["auroc"].value == pytest.approx(roc_auc_score(inside, scores))
    for level in (0.9, 0.5):
        fine = [t for t in scores if (right & inside & (scores >= t)).sum() >= level * inside.sum() - 1e-9]
        if fine:
            assert found[f"recall@{level}"].value == pytest.approx((scores[~inside] < max(fine)).mean())
        else:
            assert f"recall@{level}" not in found


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="got 2 and 1"):
        scope_estimates(["a", "b"], ["a"], "oos")
    with pytest.raises(InputError, match="got 2 and 0"):
        detection_estimates(np.zeros(2), flags(1, 1), flags(1, 1))
    with pytest.raises(InputError, match="finite scores"):
        detection_estimates(np.array([1.0, np.nan]), flags(1, 0), flags(1, 0))
    with pytest.raises(InputError, match=r"\(3,\)"):
        detection_estimates(np.zeros(3), flags(1, 0), flags(1, 0))
