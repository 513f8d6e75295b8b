"""A promised precision: what it is chosen on, and that it holds where spans of a sentence are alike."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.decisions.promise import promised_confidence
from nlpref.decisions.spans.promise import (
    JudgedSpans,
    kept_precision,
    observed_precision,
    promised_threshold,
    resampled_precision,
    shifted_precision,
)
from nlpref.errors import InputError


def drawn(n: int, seed: int, size: int = 1, together: bool = False) -> JudgedSpans:
    """Sentences of ``size`` spans, each right with the probability that is its score; or all of one alike."""
    random = np.random.default_rng(seed)
    sentences = np.repeat(np.arange(n), size)
    scores = np.repeat(1 - random.random(n) * 0.4, size) if together else 1 - random.random(n * size) * 0.4
    chance = np.repeat(random.random(n), size) if together else random.random(n * size)
    return JudgedSpans(sentences, scores, chance < scores, n)


@pytest.mark.parametrize("seed", range(4))
def test_with_one_span_a_sentence_it_is_the_promise_of_a_classifier(seed: int) -> None:
    spans = drawn(400, seed)
    made = promised_threshold(spans, 0.85, 0.1)
    expected = promised_confidence(spans.scores, spans.right, 0.15, 0.1)
    assert (made.kept, made.wrong) == (expected.answered, expected.wrong)
    assert made.kept == int((spans.scores > made.threshold).sum())
    assert (made.spans, made.sentences) == (400, 400)


def test_sentences_without_a_span_change_nothing() -> None:
    spans = drawn(300, 5, size=2)
    wider = JudgedSpans(spans.sentences * 2, spans.scores, spans.right, 600)
    one, other = (promised_threshold(given, 0.85, 0.1) for given in (spans, wider))
    assert (one.threshold, one.kept, other.sentences) == (other.threshold, other.kept, 600)


def test_it_holds_where_all_spans_of_a_sentence_are_right_or_wrong_together() -> None:
    """Five spans of which one tells all about the others: taken one by one, they would promise too much."""
    careless, broken, kept = 0, 0, 0
    for seed in range(200):
        spans = drawn(120, seed, size=5, together=True)
        made = promised_threshold(spans, 0.85, 0.1, seed)
        alone = promised_confidence(spans.scores, spans.right, 0.15, 0.1)
        # above t the scores are uniform on (t, 1], and so is the chance of being right: its mean is the true precision
        broken += made.kept > 0 and (1 + max(made.threshold, 0.6)) / 2 < 0.85
        careless += alone.answered > 0 and (1 + max(alone.threshold, 0.6)) / 2 < 0.85
        kept += made.kept > 0
    assert broken / 200 <= 0.1
    assert careless / 200 > 0.1
    assert kept > 50


def test_resamples_hold_as_often_as_promised() -> None:
    pool = drawn(600, 3, size=2)
    for found in (resampled_precision(pool, 0.85, 0.1, 300), observed_precision(pool, 0.85, 0.1, 300, resamples=50)):
        assert found.shape[1] == 3
        assert found[:, 0].mean() > 0.1
    found = resampled_precision(pool, 0.85, 0.1, 300)
    assert (found[:, 1] >= 0.85).mean() >= 0.9
    np.testing.assert_array_equal(found, resampled_precision(pool, 0.85, 0.1, 300))
    worse = JudgedSpans(pool.sentences, pool.scores, pool.right & (np.arange(1200) % 4 > 0), 600)
    shifted = shifted_precision(pool, worse, 0.85, 0.1, resamples=20)
    assert (shifted[shifted[:, 0] > 0, 1] < 0.85).all()


def test_spans_of_some_sentences() -> None:
    spans = JudgedSpans(np.array([2, 0, 2]), np.array([0.3, 0.5, 0.9]), np.array([True, False, False]), 4)
    taken = spans.of(np.array([2, 1, 2]))
    assert (taken.sentences.tolist(), taken.scores.tolist(), taken.n) == ([0, 0, 2, 2], [0.3, 0.9, 0.3, 0.9], 3)
    assert taken.right.tolist() == [True, False, True, False]
    assert len(spans.of(np.array([1, 3])).scores) == 0


def test_what_is_kept_by_hand() -> None:
    spans = JudgedSpans(
        np.array([0, 0, 0, 1, 2]), np.array([0.9, 0.8, 0.7, 0.8, 0.1]), np.array([True, True, False, False, True]), 3
    )
    found = kept_precision(spans, 0.5)
    assert (found.coverage, found.precision, found.sentence_precision) == pytest.approx((0.8, 0.5, (2 / 3 + 0) / 2))
    assert kept_precision(spans, 0.9).coverage == 0.0
    assert kept_precision(spans, 0.0).coverage == 1.0


def test_too_little_promises_nothing() -> None:
    sure = JudgedSpans(np.arange(28), np.full(28, 0.9), np.ones(28, dtype=bool), 40)
    assert promised_threshold(sure, 0.9, 0.05).threshold == 1.0
    enough = JudgedSpans(np.arange(29), np.full(29, 0.9), np.ones(29, dtype=bool), 40)
    assert promised_threshold(enough, 0.9, 0.05).kept == 29
    none = JudgedSpans(np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0, dtype=bool), 5)
    assert promised_threshold(none, 0.9, 0.05).kept == 0


def test_many_spans_of_sentences_that_are_worse_are_counted_too() -> None:
    """Long sentences are misread; the mean over sentences alone would pass."""
    long, short = np.repeat(np.arange(20), 20), np.arange(20, 400)
    sentences = np.concatenate([long, short])
    right = np.concatenate([np.zeros(400, dtype=bool), np.ones(380, dtype=bool)])
    made = promised_threshold(JudgedSpans(sentences, np.full(780, 0.9), right, 400), 0.9, 0.05)
    assert made.kept == 0


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="a sentence, a score and a verdict for each span"):
        JudgedSpans(np.array([0]), np.array([0.5, 0.6]), np.array([True]), 2)
    with pytest.raises(InputError, match="numbers of 2 sentences run from 0 to 1, got 2"):
        JudgedSpans(np.array([2]), np.array([0.5]), np.array([True]), 2)
    with pytest.raises(InputError, match="expected sentences from 1 to 9"):
        observed_precision(drawn(10, 0), 0.9, 0.05, 10)
