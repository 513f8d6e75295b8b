"""Ranking scores against ir-measures (trec_eval), and cases worked by hand."""

import math

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, Bpref, Judged, P, R, Rprec, Success, nDCG

from nlpref.errors import InputError
from nlpref.metrics.ranking import per_query, score_queries

IDS = [f"d{number}" for number in range(20)]
REFERENCE = {
    "ndcg@10": nDCG @ 10,
    "mrr@10": RR @ 10,
    "recall@1": R @ 1,
    "recall@10": R @ 10,
    "recall@100": R @ 100,
    "map": AP,
    "precision@10": P @ 10,
    "r_precision": Rprec,
    "success@1": Success @ 1,
    "success@10": Success @ 10,
    "bpref": Bpref,
    "judged@10": Judged @ 10,
}


def reference(relevance, ranked):
    judged = [ir_measures.Qrel("q", name, grade) for name, grade in relevance.items()]
    # Scores fall with the rank, so that trec_eval has no ties to break.
    run = [ir_measures.ScoredDoc("q", name, float(-rank)) for rank, name in enumerate(ranked)]
    found = ir_measures.calc_aggregate(list(REFERENCE.values()), judged, run)
    return {name: found[measure] for name, measure in REFERENCE.items()}


@given(
    st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), min_size=1).filter(lambda grades: any(grades.values())),
    st.lists(st.sampled_from(IDS), unique=True, min_size=1),
)
def test_agrees_with_ir_measures(relevance, ranked):
    scores = per_query(relevance, ranked, k=10)
    assert scores == pytest.approx(reference(relevance, ranked))
    assert all(0 <= value <= 1 for value in scores.values())


def test_negative_grades_are_not_relevant():
    # trec_eval excludes them from recall and MAP too.
    assert per_query({"a": 1, "b": -1}, ["b", "a"], 10) == pytest.approx(reference({"a": 1, "b": -1}, ["b", "a"]))


def test_by_hand():
    scores = per_query({"a": 3, "b": 1, "c": 0}, ["c", "a", "x", "b"], k=3)
    assert scores["ndcg@3"] == pytest.approx((3 / math.log2(3)) / (3 + 1 / math.log2(3)))
    assert scores["mrr@3"] == 0.5
    assert scores["recall@1"] == 0
    assert scores["recall@10"] == 1
    assert scores["map"] == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_judgements_by_hand():
    # Two relevant, three judged not relevant; "x" and "y" were never judged.
    grades = {"a": 1, "b": 2, "n": 0, "m": 0, "o": 0}
    scores = per_query(grades, ["x", "n", "a", "y", "m", "b"], k=4)
    assert scores["precision@4"] == 1 / 4
    assert scores["r_precision"] == 0.0  # neither of the first two
    assert (scores["success@1"], scores["success@4"]) == (0.0, 1.0)
    assert scores["judged@4"] == 2 / 4
    # "a" has one of at most two before it, "b" two: (1 - 1/2 + 1 - 2/2) / 2, whatever the unjudged do.
    assert scores["bpref"] == 0.25
    assert per_query(grades, ["n", "a", "m", "b"], k=4)["bpref"] == 0.25


def test_bpref_without_documents_judged_not_relevant_is_recall():
    assert per_query({"a": 1, "b": 1}, ["x", "a"])["bpref"] == 0.5


def test_a_short_list_is_short_of_precision_but_not_of_judgements():
    scores = per_query({"a": 1}, ["a"], k=10)
    assert (scores["precision@10"], scores["judged@10"]) == (0.1, 1.0)


def test_nothing_found_scores_zero():
    assert set(per_query({"a": 1}, []).values()) == {0.0}
    assert per_query({"a": 1}, ["x", "a"], k=1)["mrr@1"] == 0


def test_queries_without_relevant_documents_are_left_out_and_counted():
    scored = score_queries([{"a": 1}, {}, {"b": 0}, {"b": 2}], [["a"], ["a"], ["b"], ["a", "b"]])
    assert (scored.queries, scored.skipped) == ((0, 3), 2)
    assert list(scored.scores["mrr@10"]) == [1.0, 0.5]
    assert scored.means()["mrr@10"] == 0.75
    estimate = scored.estimates(resamples=200)["mrr@10"]
    assert (estimate.value, estimate.low, estimate.high) == (0.75, 0.5, 1.0)


@pytest.mark.parametrize(
    ("relevance", "ranked", "k", "message"),
    [
        ({"a": 0}, ["a"], 10, "grade above 0"),
        ({"a": 1}, ["a", "a"], 10, "distinct ids"),
        ({"a": 1}, "abc", 10, "sequence of distinct ids"),
        ({"a": 1}, ["a"], 0, "at least 1, got 0"),
    ],
)
def test_refuses(relevance, ranked, k, message):
    with pytest.raises(InputError, match=message):
        per_query(relevance, ranked, k)


def test_many_refuse():
    with pytest.raises(InputError, match="same queries, got 1 and 2"):
        score_queries([{"a": 1}], [["a"], ["b"]])
    with pytest.raises(InputError, match="none of the 1 queries"):
        score_queries([{}], [["a"]])
