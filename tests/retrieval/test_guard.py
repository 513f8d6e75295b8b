"""The guard believes what is shown on queries that took no part in the choice, and nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from tests.retrieval.shelves import DOCUMENTS, Reader, Shelf, asked

from nlpref import storage
from nlpref.errors import InputError
from nlpref.retrieval import Bm25Retriever, HybridRetriever, RerankedRetriever
from nlpref.retrieval.fusion import align
from nlpref.retrieval.guard import Guard, Selector, Verdict
from nlpref.retrieval.signals import SIGNALS, search_agreeing, signals
from nlpref.retrieval.weighting import group_numbers
from nlpref.types import Document, Hit, JudgedQuery

N = 60
APART = np.arange(N)
FIRST = np.full(N, 0.5)
SIDES = np.where(np.arange(N) % 2, 1.0, -1.0)[:, None]


def test_a_gain_on_every_query_reranks_all() -> None:
    verdict = Guard().learn(FIRST, np.stack([FIRST, FIRST + 0.1]), SIDES, APART)
    assert verdict.policy == "always"
    assert verdict.measured["always"]["gain"] == pytest.approx(0.1)
    assert verdict.measured["always"]["reranked"] == 1
    assert verdict.allows(SIDES).all()
    assert verdict.queries == N


def test_few_queries_show_nothing() -> None:
    rows = np.arange(19)
    verdict = Guard(queries=20).learn(FIRST[rows], (FIRST + 0.4)[None, rows], SIDES[rows], rows)
    assert (verdict.policy, verdict.measured) == ("never", {})
    five = np.arange(5)  # 2 of 32 sign flips are as extreme: 0.0625
    assert Guard(queries=5).learn(FIRST[five], (FIRST + 0.4)[None, five], SIDES[five], five).policy == "never"
    assert Guard(0.9, queries=5).learn(FIRST[five], (FIRST + 0.4)[None, five], SIDES[five], five).policy == "always"


def test_queries_about_the_same_documents_count_as_one() -> None:
    verdict = Guard().learn(FIRST, (FIRST + 0.4)[None], SIDES, APART % 3)
    assert verdict.policy == "never"
    assert verdict.measured["always"]["p_value"] == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("rows", [FIRST[None] - 0.1, FIRST[None], np.stack([FIRST, FIRST - 0.1])])
def test_harm_and_no_change_rerank_nothing(rows: np.ndarray) -> None:
    verdict = Guard().learn(FIRST, rows, SIDES, APART)
    assert verdict.policy == "never"
    assert not verdict.allows(SIDES).any()


def test_queries_that_gain_are_told_from_those_that_lose() -> None:
    verdict = Guard().learn(FIRST, (FIRST + 0.2 * SIDES[:, 0])[None], SIDES, APART)
    assert verdict.policy == "selected"
    assert verdict.measured["selected"]["gain"] == pytest.approx(0.1)
    assert verdict.measured["always"]["gain"] == pytest.approx(0.0)
    assert verdict.allows(np.array([[2.0], [-2.0]])).tolist() == [True, False]
    assert Verdict.read(json.loads(json.dumps(dataclasses.asdict(verdict)))) == verdict


def test_noise_gets_through_as_rarely_as_is_promised() -> None:
    passed = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        noise = random.normal(0, 0.2, N)
        passed += Guard(0.9).learn(FIRST, (FIRST + noise)[None], random.normal(size=(N, 3)), APART, seed).policy != "never"
    assert passed <= 10  # 4 expected at most; more than 10 of 40 has a chance of 0.1 %


def test_the_boundary_of_a_selector_is_where_gains_and_losses_cancel() -> None:
    table = np.zeros((4, 1))  # one signal that tells nothing
    assert Selector.fitted(table, np.array([0.1, 0.1, 0.1, -0.2])).allows(table).all()
    assert not Selector.fitted(table, np.array([0.1, 0.1, 0.1, -0.5])).allows(table).any()
    assert not Selector.fitted(table, np.zeros(4)).allows(table).any()


@pytest.mark.parametrize("settings", [{"confidence": 1.0}, {"confidence": 0}, {"queries": 0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="confidence between 0 and 1"):
        Guard(**settings)


def test_signals_by_hand() -> None:
    found = dict(zip(SIGNALS, signals("one two", [Hit("a", 4.0), Hit("b", 3.0), Hit("c", 0.0)], 0.2), strict=True))
    assert found["words"] == pytest.approx(np.log(3))
    assert found["found"] == pytest.approx(np.log(4))
    assert (found["top"], found["gap"], found["agreement"]) == (4.0, 0.25, 0.2)
    assert found["shape"] == pytest.approx((1 + 0.75 + 0) / 3)
    assert found["spread"] == pytest.approx(np.std([4, 3, 0]) / (7 / 3))
    assert signals("", [], 0.5) == [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]
    assert signals("a", [Hit("a", 0.0)], 0.5)[3:6] == [1.0, 1.0, 0.0]


def test_the_parts_of_a_hybrid_agree_as_far_as_their_best_hits_are_the_same() -> None:
    one, other = [Hit("a", 3.0), Hit("b", 2.0), Hit("c", 1.0)], [Hit("c", 0.9), Hit("a", 0.5)]
    assert align([one, other], "minmax").agreement(2) == 0.5
    assert align([[], []], "minmax").agreement() == 0.0
    documents = [Document("a", "lost parcels"), Document("b", "lost parcel")]
    hybrid = HybridRetriever(Bm25Retriever(), Bm25Retriever(stemmer=None)).fit(documents)
    assert [hits for hits, _ in search_agreeing(hybrid, ["parcel", "lost"], 5)] == hybrid.search(["parcel", "lost"], 5)
    assert [alike for _, alike in search_agreeing(hybrid, ["lost"], 5)] == [1.0]
    assert [alike for _, alike in search_agreeing(hybrid.first, ["lost"], 5)] == [0.5]


def test_groups_do_not_depend_on_the_order_of_queries() -> None:
    queries = [JudgedQuery("q", "q", {"b": 1, "a": 0}), JudgedQuery("r", "r", {"c": 2, "b": 1}), JudgedQuery("s", "s", {"a": 1})]
    assert group_numbers(queries).tolist() == [1, 1, 0]
    assert group_numbers(queries[::-1]).tolist() == [0, 1, 1]


GOOD = [asked(number, 4 + number % 3) for number in range(25)]
BAD = [asked(number, 0, bad=True) for number in range(25, 50)]


def test_a_retriever_reranks_the_queries_that_gain_and_leaves_the_others(tmp_path: Path) -> None:
    guarded = RerankedRetriever(Shelf(), Reader(), depth=8, blend=1.0, guard=Guard()).fit(DOCUMENTS, (), [*GOOD, *BAD])
    assert guarded.verdict_ is not None
    assert guarded.verdict_.policy == "selected"
    for query in (asked(51, 5), asked(52, 5, bad=True)):
        [hits], [before] = guarded.search([query.text], 10), guarded.first.search([query.text], 10)
        if "please" in query.text:
            assert hits == before
        else:
            assert hits[0].id == "d51"
            assert before[5].id == "d51"
    guarded.save(tmp_path / "guarded")
    loaded = storage.load_component(tmp_path / "guarded", ("nlpref", "tests"))
    assert loaded.verdict_ == guarded.verdict_
    texts = [query.text for query in (*GOOD, *BAD)]
    assert loaded.search(texts, 10) == guarded.search(texts, 10)


@pytest.mark.parametrize("judged_by", [[], GOOD[:10], BAD])
def test_a_guard_without_proof_leaves_the_first_stage_as_it_is(judged_by: list[JudgedQuery]) -> None:
    guarded = RerankedRetriever(Shelf(), Reader(), depth=8, guard=Guard()).fit(DOCUMENTS, (), judged_by)
    assert guarded.verdict_ is not None
    assert guarded.verdict_.policy == "never"
    guarded.reranker.read.clear()
    for k in (3, 20):
        assert guarded.search([GOOD[0].text], k) == guarded.first.search([GOOD[0].text], k)
    assert guarded.reranker.read == []
