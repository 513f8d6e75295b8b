"""Scores of groups of entities against a plain bootstrap loop, and counts worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.errors import InputError
from nlpref.metrics.significance import interval
from nlpref.metrics.span_groups import group_counts, group_estimates
from nlpref.metrics.spans import per_type, per_type_intervals, span_counts
from nlpref.types import Span


def drawn(seed: int, n: int = 25) -> tuple[list[list[Span]], list[list[Span]]]:
    """Random gold and predicted spans of one token each, of two types."""
    random = np.random.default_rng(seed)

    def spans() -> list[Span]:
        return [Span(place, place + 1, str(random.choice(["A", "B"]))) for place in range(5) if random.random() < 0.3]

    return [spans() for _ in range(n)], [spans() for _ in range(n)]


def test_counts_by_hand() -> None:
    gold = [[Span(0, 1, "A"), Span(2, 3, "A")], []]
    predicted = [[Span(0, 1, "A"), Span(2, 4, "A")], [Span(0, 1, "B")]]
    counts = group_counts(gold, predicted, [["seen", "new"], []], [["seen", None], ["new"]], ["seen", "new"])
    assert counts.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0]]]


@pytest.mark.parametrize("seed", range(3))
def test_groups_that_are_types_are_types(seed: int) -> None:
    gold, predicted = drawn(seed)
    names = [[[span.label for span in spans] for spans in part] for part in (gold, predicted)]
    counts = group_counts(gold, predicted, *names, ["A", "B"])
    np.testing.assert_array_equal(counts.sum(axis=1), span_counts(gold, predicted))
    ends = per_type_intervals(gold, predicted, resamples=50)
    for name, scores in zip("AB", group_estimates(counts, resamples=50), strict=True):
        assert {key: one.value for key, one in scores.items()} == pytest.approx(
            {key: value for key, value in per_type(gold, predicted)[name].items() if key != "support"}
        )
        assert ends[name] == {key: [one.low, one.high] for key, one in scores.items()}


@pytest.mark.parametrize("seed", range(3))
def test_intervals_are_those_of_a_plain_loop(seed: int) -> None:
    """Each resample is counted again from its sentences; where there is nothing to count, it says nothing."""
    gold, predicted = drawn(seed)

    def scores(rows: np.ndarray, label: str) -> dict[str, float]:
        right = sum(span in predicted[row] for row in rows for span in gold[row] if span.label == label)
        wanted = sum(span.label == label for row in rows for span in gold[row])
        said = sum(span.label == label for row in rows for span in predicted[row])
        pairs = {"precision": (right, said), "recall": (right, wanted), "f1": (2 * right, said + wanted)}
        return {name: part / whole if whole else float("nan") for name, (part, whole) in pairs.items()}

    names = [[[span.label for span in spans] for spans in part] for part in (gold, predicted)]
    found = group_estimates(group_counts(gold, predicted, *names, ["A", "B"]), resamples=60, seed=seed)
    for label, estimates in zip("AB", found, strict=True):
        for name, one in estimates.items():

            def statistic(rows: np.ndarray, name: str = name, label: str = label) -> float:
                return scores(rows, label)[name]

            plain = interval(statistic, len(gold), resamples=60, seed=seed)
            assert (one.value, one.low, one.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_what_has_no_denominator_is_absent_and_resamples_without_one_say_nothing() -> None:
    """One of four sentences has the only entity: a resample without it would pull recall to 0."""
    (scores,) = group_estimates(np.array([[[1, 0, 0]], [[0, 0, 0]], [[0, 0, 0]], [[0, 0, 0]]]), resamples=100)
    assert {name: (one.value, one.low, one.high) for name, one in scores.items()} == dict.fromkeys(
        ("precision", "recall", "f1"), (1, 1, 1)
    )
    (missed,) = group_estimates(np.array([[[0, 0, 2]]]))
    assert sorted(missed) == ["f1", "recall"]
    assert group_estimates(np.zeros((3, 1, 3), dtype=np.int64), resamples=5) == [{}]
    assert per_type_intervals([[]], [[]]) == {}


def test_refuses() -> None:
    span = Span(0, 1, "A")
    with pytest.raises(InputError, match=r"same sentences, got \[1, 2\]"):
        group_counts([[span]], [[]], [["a"]], [[], []], ["a"])
    with pytest.raises(InputError, match="sentence 0: expected a group, or None"):
        group_counts([[span]], [[]], [[]], [[]], ["a"])
    with pytest.raises(InputError, match=r"got \(0, 1, 3\)"):
        group_estimates(np.zeros((0, 1, 3), dtype=np.int64))
    with pytest.raises(InputError, match="resamples=0"):
        group_estimates(np.zeros((1, 1, 3), dtype=np.int64), resamples=0)
