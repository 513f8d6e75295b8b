"""Calibration of spans: by hand, and against the same sums over resampled sentences."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.errors import InputError
from nlpref.metrics.reliability import expected_calibration_error, reliability_bins
from nlpref.metrics.significance import interval
from nlpref.metrics.span_reliability import span_reliability, span_reliability_estimates
from nlpref.results import Estimate
from nlpref.types import Span


def drawn(n: int, seed: int) -> tuple[list[list[Span]], list[list[Span]]]:
    random = np.random.default_rng(seed)
    gold, predicted = [], []
    for _ in range(n):
        found = [Span(place, place + 1, "A", float(random.random())) for place in range(int(random.integers(0, 4)))]
        predicted.append(found)
        gold.append([Span(one.start, one.end, "A" if random.random() < 0.8 else "B") for one in found])
    return gold, predicted


def test_start_end_and_label_have_to_be_right() -> None:
    gold = [[Span(0, 2, "A"), Span(3, 4, "B")]]
    predicted = [[Span(0, 2, "A", 0.9), Span(3, 4, "A", 0.6), Span(5, 6, "B", 0.1)]]
    found = span_reliability(gold, predicted, resamples=10)
    assert found["spans"] == 3
    assert found["ece"]["value"] == pytest.approx((0.1 + 0.6 + 0.1) / 3)
    assert found["brier"]["value"] == pytest.approx((0.01 + 0.36 + 0.01) / 3)
    assert [row["count"] for row in found["bins"]] == [1, 1, 1]


def test_intervals_are_over_sentences() -> None:
    gold, predicted = drawn(40, 1)

    def of(rows: np.ndarray, brier: bool) -> float:
        pairs = [(span.score, span in gold[row]) for row in rows for span in predicted[row]]
        scores, right = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
        return float(((scores - right) ** 2).mean()) if brier else expected_calibration_error(reliability_bins(scores, right))

    found = span_reliability_estimates(gold, predicted, resamples=50, seed=3)
    for name, brier in (("span_ece", False), ("span_brier", True)):
        expected = interval(lambda rows, brier=brier: of(rows, brier), 40, 50, 3)
        np.testing.assert_allclose(
            [found[name].value, found[name].low, found[name].high], [expected.value, expected.low, expected.high]
        )


def test_where_nothing_is_found_nothing_is_measured() -> None:
    assert span_reliability_estimates([[Span(0, 1, "A")], []], [[], []]) == {}
    assert span_reliability([[]], [[]]) == {"spans": 0, "bins": []}
    rare = span_reliability_estimates([[]] * 30, [[Span(0, 1, "A", 0.25)], *[[]] * 29])["span_ece"]
    assert rare == Estimate(0.25, 0.25, 0.25), "resamples without a span are left out"


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="the same sentences, got 1 and 2"):
        span_reliability_estimates([[]], [[], []])
    with pytest.raises(InputError, match=r"scores of spans must lie between 0 and 1, got 1\.5 to 1\.5"):
        span_reliability_estimates([[]], [[Span(0, 1, "A", 1.5)]])
