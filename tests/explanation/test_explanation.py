"""The value that every method gives, and how scores of characters become scores of words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.explanation import Explanation
from nlpref.explanation.explanation import leave_out, word_scores, words_to_explain


def explained(text: str, *scores: float, **more: float) -> Explanation:
    return Explanation(text, words_to_explain(text), scores, "label", "method", "unit", **more)


def test_words_are_ranked_by_what_they_say_for_the_label() -> None:
    found = explained("a b c d", 0.5, -3.0, 2.0, 0.5, total=1.0, base=0.5)
    assert found.ranking == (2, 0, 3, 1)
    assert found.gap == pytest.approx(0.5)
    assert found.relative_gap == pytest.approx(1.0)
    assert explained("a", 1.0, total=1.0).gap is None
    assert explained("a", 1.0, total=1.0).relative_gap is None is explained("a", 0.0, total=1.0, base=1.0).relative_gap


@pytest.mark.parametrize(
    ("left_out", "text"), [([], "I can't, Anna!"), ([0], "can't, Anna!"), ([1, 3], "I 't Anna!"), (range(6), "")]
)
def test_words_are_left_out(left_out: list[int], text: str) -> None:
    assert explained("I can't, Anna!", *range(6)).without(left_out) == text


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="a finite score for each word, got 2 words"):
        explained("two words", 1.0)
    with pytest.raises(InputError, match="a finite score"):
        explained("one", math.nan)
    with pytest.raises(InputError, match="no word that could be explained"):
        words_to_explain(" \n")


def test_scores_of_ranges_by_hand() -> None:
    """ "my card, " has the words "my" (0-2), "card" (3-7) and "," (7-8)."""
    words = words_to_explain("my card, ")
    spans = [(0, 7), (2, 3), (6, 8), (8, 9), (3, 4)]
    # "my card": 2 of 6 characters; the blank lies nearer to none, so the word before it; "d,": halves; the last blank: ","
    assert word_scores(words, spans, np.array([6.0, 1.0, 4.0, 8.0, 16.0])) == pytest.approx((3.0, 22.0, 10.0))


@settings(max_examples=40)
@given(st.text(min_size=1).filter(str.strip), st.data())
def test_no_score_is_lost(text: str, data: st.DataObject) -> None:
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted).filter(lambda pair: pair[0] < pair[1])
    spans = [(start, end) for start, end in data.draw(st.lists(ends, max_size=8))]
    scores = np.array(data.draw(st.lists(st.floats(-10, 10), min_size=len(spans), max_size=len(spans))))
    words = words_to_explain(text)
    assert math.fsum(word_scores(words, spans, scores)) == pytest.approx(float(scores.sum()), abs=1e-9)
    assert leave_out(text, words) == ""
