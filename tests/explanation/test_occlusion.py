"""What is lost without a word, against a classifier whose log odds are known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.explanation.counting import Counting

from nlpref.explanation import Occlusion
from nlpref.explanation.explainer import log_odds

MODEL = Counting({"good": 2.0, "bad": -1.5})


def test_scores_are_what_each_word_adds() -> None:
    found = Occlusion(MODEL).explain("good but bad")
    assert (found.label, found.method, found.base) == ("yes", "occlusion", None)
    assert found.scores == pytest.approx((2.0, 0.0, -1.5))
    assert found.total == pytest.approx(0.5)
    assert Occlusion(MODEL).explain("good but bad", "no").scores == pytest.approx((-2.0, 0.0, 1.5))


def test_a_long_text_is_left_out_in_runs() -> None:
    model = Counting({"good": 2.0})
    found = Occlusion(model, most=2).explain("good it is . no no no no")
    assert found.scores == pytest.approx((0.5,) * 4 + (0.0,) * 4)
    assert model.asked == [1, 3]
    model = Counting({"good": 2.0})
    assert len(Occlusion(model).explain("nineteen-characters " * 5_000).scores) == 15_000  # 100,000 characters
    assert model.asked == [1, 257]


def test_probabilities_near_one_keep_their_digits() -> None:
    rest = np.array([[1e-9, 1.0, 2e-9], [0.0, 1.0, 0.0]], dtype=np.float32)
    assert log_odds(rest, 1) == pytest.approx([-np.log(3e-9), -np.log(1e-12)])
