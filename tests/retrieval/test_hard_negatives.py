"""Negatives that are hard, and not false."""

from __future__ import annotations

import pytest

from nlpref.errors import InputError
from nlpref.retrieval import Bm25Retriever
from nlpref.retrieval.hard_negatives import HardNegatives, mine_negatives, passing
from nlpref.types import Document, Hit, JudgedQuery

HITS = [Hit("a", 10.0), Hit("b", 9.6), Hit("c", 9.5), Hit("d", 9.4), Hit("e", 1.0)]


@pytest.mark.parametrize(
    ("relevant", "share", "expected"),
    [
        ({"a": 1}, 0.95, ["d", "e"]),  # below 9.5
        ({"a": 1}, None, ["b", "c", "d", "e"]),
        ({"a": 1, "e": 1}, 0.95, []),  # the least of the relevant counts
        ({"e": 1}, 0.95, []),
        ({"z": 1}, 0.95, []),  # not found: as the last hit
        ({"a": 1, "b": 0, "d": -1}, 1.0, ["b", "c", "d", "e"]),
    ],
)
def test_a_hit_near_the_relevant_document_is_left_out(relevant: dict[str, int], share: float | None, expected: list[str]) -> None:
    assert passing(JudgedQuery("q", "text", relevant), HITS, share) == expected


def test_a_share_of_a_score_below_zero_is_the_score() -> None:
    hits = [Hit("a", -1.0), Hit("b", -1.5)]
    assert passing(JudgedQuery("q", "text", {"a": 1}), hits, 0.5) == ["b"]


def test_mined_from_a_retriever() -> None:
    documents = [Document("right", "red parcel lost"), Document("near", "red parcel"), Document("far", "green tree")]
    stage = Bm25Retriever().fit(documents)
    queries = [JudgedQuery("q", "red parcel lost", {"right": 1}), JudgedQuery("none", "blue", {"far": 1})]
    assert mine_negatives(stage, queries, count=3, depth=3, share=0.95) == [["near"], []]
    assert mine_negatives(stage, queries, count=0, depth=3, share=0.95) == [[], []]
    assert mine_negatives(stage, [], count=1, depth=3, share=None) == []


@pytest.mark.parametrize("wrong", [{"count": -1}, {"depth": 0}, {"share": 0.0}, {"share": 1.2}])
def test_values_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="depth >= 1"):
        HardNegatives(**wrong)
