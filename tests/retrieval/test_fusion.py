"""Fusion of rankings, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.errors import InputError
from nlpref.retrieval.fusion import align, min_max, reciprocal_rank_fusion, weighted_fusion, z_scores
from nlpref.retrieval.ordering import top_hits
from nlpref.types import Hit

TERMS = [Hit("a", 8.0), Hit("b", 4.0), Hit("c", 2.0)]
MEANING = [Hit("b", 0.9), Hit("d", 0.7), Hit("a", 0.5)]


def test_min_max() -> None:
    assert weighted_fusion([TERMS, MEANING], [0.25, 0.75], 10) == [
        Hit("b", pytest.approx(0.25 / 3 + 0.75)),
        Hit("d", pytest.approx(0.75 * 0.5)),
        Hit("a", pytest.approx(0.25)),
        Hit("c", 0.0),
    ]


def test_z_scores() -> None:
    deviation = np.sqrt(((8 - 14 / 3) ** 2 + (4 - 14 / 3) ** 2 + (2 - 14 / 3) ** 2) / 3)
    low = {"terms": (2 - 14 / 3) / deviation, "meaning": -0.2 / np.sqrt(0.08 / 3)}
    found = {hit.id: hit.score for hit in weighted_fusion([TERMS, MEANING], [0.5, 0.5], 10, "zscore")}
    assert found["a"] == pytest.approx(((8 - 14 / 3) / deviation + low["meaning"]) / 2)
    assert found["d"] == pytest.approx(low["terms"] / 2)
    assert found["c"] == pytest.approx((low["terms"] + low["meaning"]) / 2)


def test_reciprocal_ranks() -> None:
    assert reciprocal_rank_fusion([TERMS, MEANING], 3) == [
        Hit("b", pytest.approx(1 / 62 + 1 / 61)),
        Hit("a", pytest.approx(1 / 61 + 1 / 63)),
        Hit("d", pytest.approx(1 / 62)),
    ]


def test_equal_sums_go_by_id_and_the_cutoff_holds() -> None:
    assert weighted_fusion([[Hit("x", 1.0)], [Hit("c", 1.0)], [Hit("b", 1.0)]], [1, 1, 1], 2) == [Hit("b", 1.0), Hit("c", 1.0)]


@pytest.mark.parametrize("method", ["minmax", "zscore", "rrf"])
def test_a_ranking_that_found_nothing_changes_nothing(method: str) -> None:
    alone = weighted_fusion([TERMS], [0.5], 10, method)
    assert weighted_fusion([TERMS, []], [0.5, 0.5], 10, method) == alone
    assert weighted_fusion([[], []], [0.5, 0.5], 10, method) == []


def test_equal_scores_have_no_scale() -> None:
    equal = np.full(3, 7.0)
    assert min_max(equal).tolist() == [1.0] * 3
    assert z_scores(equal).tolist() == [0.0] * 3


def test_scale_and_offset_of_scores_do_not_matter() -> None:
    shifted = [Hit(hit.id, hit.score * 1000 - 7) for hit in TERMS]
    for method in ("minmax", "zscore", "rrf"):
        assert [hit.id for hit in weighted_fusion([shifted, MEANING], [0.5, 0.5], 9, method)] == [
            hit.id for hit in weighted_fusion([TERMS, MEANING], [0.5, 0.5], 9, method)
        ]


def test_wrong_weights_and_methods_are_refused() -> None:
    with pytest.raises(InputError, match="1 weights for 2 rankings"):
        weighted_fusion([TERMS, MEANING], [1.0], 3)
    with pytest.raises(InputError, match="'borda', expected one of"):
        align([TERMS], "borda")


def test_top_hits_sees_every_tie_at_the_cutoff() -> None:
    scores = np.array([1.0, 3.0, 2.0, 2.0, 2.0, 0.0])
    assert top_hits(list("zyxwvu"), scores, 3) == [Hit("y", 3.0), Hit("v", 2.0), Hit("w", 2.0)]
    assert top_hits([], np.zeros(0), 3) == []
    assert [hit.id for hit in top_hits(list("ba"), np.zeros(2), 9)] == ["a", "b"]
