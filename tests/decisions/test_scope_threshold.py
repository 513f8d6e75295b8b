"""The border of the scope: by hand, and by simulation of what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from nlpref.decisions.scope.threshold import ScopeThreshold, promised_scope

SCORES = np.array([4.0, 1.0, 3.0, 2.0])
RIGHT = np.array([True, True, True, True])


@pytest.mark.parametrize(
    ("level", "value", "lost"),
    [
        # If half of the texts may be lost, the chance of at most 0, 1, 2, 3 losses of 4 is 1/16, 5/16, 11/16, 15/16.
        (0.05, None, 0.0),
        (1 / 16, 1.0, 0.0),
        (0.4, 2.0, 0.25),
        (0.7, 3.0, 0.5),
        (0.95, 4.0, 0.75),
    ],
)
def test_by_hand(level: float, value: float | None, lost: float) -> None:
    assert promised_scope(SCORES, RIGHT, 0.5, level) == ScopeThreshold(value, lost, lost, 4)


def test_a_wrong_text_is_lost_whether_it_is_rejected_or_not() -> None:
    made = promised_scope(SCORES, np.array([True, False, True, True]), 0.5, 0.4)
    assert made == ScopeThreshold(2.0, 0.25, 0.25, 4)
    assert promised_scope(SCORES, np.array([True, False, False, False]), 0.5, 0.4) == ScopeThreshold(None, 0.75, 0.0, 4)


def test_texts_of_the_same_score_go_together() -> None:
    made = promised_scope(np.array([1.0, 1.0, 2.0, 2.0]), RIGHT, 0.5, 0.7)
    assert made == ScopeThreshold(2.0, 0.5, 0.5, 4)


def test_the_promise_holds_in_simulation() -> None:
    """Of texts, a tenth is wrong whatever its score; a fifth may be lost, save with chance 0.1."""
    random, broken = np.random.default_rng(0), 0
    for _ in range(400):
        made = promised_scope(random.uniform(size=200), random.uniform(size=200) > 0.1, 0.2, 0.1)
        truly_lost = 1 - 0.9 * (1 - (made.value or 0.0))
        broken += truly_lost > 0.2
    assert binom.sf(broken - 1, 400, 0.1) > 0.01
    assert broken > 10  # it is not kept by being timid
