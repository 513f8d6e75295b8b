"""Entity scores against seqeval in strict mode, and cases worked by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

from nlpref.errors import InputError
from nlpref.metrics.significance import f1_of, micro_f1_interval
from nlpref.metrics.spans import per_type, span_counts, span_estimates, span_scores
from nlpref.types import Span

LENGTH = 8


@st.composite
def spans(draw):
    found, start = [], 0
    while start < LENGTH:
        start += draw(st.integers(0, 3))
        end = start + draw(st.integers(1, 3))
        if end > LENGTH:
            break
        found.append(Span(start, end, draw(st.sampled_from(["LOC", "PER", "ORG"]))))
        start = end
    return found


sentences = st.lists(st.tuples(spans(), spans()), min_size=1, max_size=6)


def tags(sentence):
    row = ["O"] * LENGTH
    for span in sentence:
        row[span.start] = f"B-{span.label}"
        row[span.start + 1 : span.end] = [f"I-{span.label}"] * (span.end - span.start - 1)
    return row


def seqeval(gold, predicted, average):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [tags(spans) for spans in gold], [tags(spans) for spans in predicted]
        if average == "micro":
            public = f1_score(*rows, average=average, mode="strict", scheme=IOB2, zero_division=0)
            assert span_scores(gold, predicted)["f1_micro"] == pytest.approx(public)
        return precision_recall_fscore_support(*rows, average=average, scheme=IOB2, zero_division=0)


@settings(max_examples=150, deadline=None)
@given(sentences)
def test_agrees_with_seqeval(pairs):
    gold, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not any(gold + predicted):
        assert set(span_scores(gold, predicted).values()) == {0.0}
        return
    scores = span_scores(gold, predicted)
    for average in ("micro", "macro"):
        expected = seqeval(gold, predicted, average)[:3]
        assert [scores[f"{name}_{average}"] for name in ("precision", "recall", "f1")] == pytest.approx(list(expected))
    columns = np.array([list(row.values()) for row in per_type(gold, predicted).values()]).T
    np.testing.assert_allclose(columns, np.array(seqeval(gold, predicted, None)))


@given(sentences)
def test_counts_add_up(pairs):
    gold, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    counts = span_counts(gold, predicted)
    assert counts.shape == (len(pairs), 3)
    np.testing.assert_array_equal(counts[:, 0] + counts[:, 2], [len(spans) for spans in gold])
    np.testing.assert_array_equal(counts[:, 0] + counts[:, 1], [len(spans) for spans in predicted])
    assert f1_of(counts.sum(axis=0)) == pytest.approx(span_scores(gold, predicted)["f1_micro"])


def test_by_hand():
    gold = [[Span(0, 2, "PER"), Span(3, 4, "LOC")], []]
    predicted = [[Span(0, 2, "PER", 0.3), Span(3, 5, "LOC")], [Span(0, 1, "ORG")]]
    assert span_counts(gold, predicted).tolist() == [[1, 1, 1], [0, 1, 0]]
    scores = span_scores(gold, predicted)
    assert (scores["precision_micro"], scores["recall_micro"]) == (pytest.approx(1 / 3), 0.5)
    assert scores["f1_micro"] == pytest.approx(0.4)
    assert scores["f1_macro"] == pytest.approx(1 / 3)
    assert per_type(gold, predicted)["PER"] == {"precision": 1, "recall": 1, "f1": 1, "support": 1}


def test_estimates_hold_the_scores_and_agree_with_counts():
    random = np.random.default_rng(0)
    gold = [[Span(0, 1 + int(size), "PER"), Span(5, 6, "LOC")] for size in random.integers(0, 2, 50)]
    predicted = [[Span(0, 1 + int(size), "PER")] for size in random.integers(0, 2, 50)]
    found = span_estimates(gold, predicted, resamples=300)
    assert {name: estimate.value for name, estimate in found.items()} == pytest.approx(span_scores(gold, predicted))
    alone = micro_f1_interval(span_counts(gold, predicted), resamples=300)
    assert found["f1_micro"].low == pytest.approx(alone.low)
    assert found["f1_micro"].high == pytest.approx(alone.high)


def test_refuses_different_sentences():
    with pytest.raises(InputError, match="same sentences, got 1 and 2"):
        span_counts([[]], [[], []])
    with pytest.raises(InputError, match="n=0"):
        span_estimates([], [])
