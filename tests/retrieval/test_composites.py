"""What hybrid and reranked retrievers choose, and from which queries they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from nlpref import storage
from nlpref.metrics.ranking import score_queries
from nlpref.retrieval import HybridRetriever, RerankedRetriever
from nlpref.retrieval.mining import carve, cut_some, mine_pairs
from nlpref.types import Document, Hit, JudgedQuery

DOCUMENTS = [Document(f"d{number}", f"text {number}") for number in range(30)]
QUERIES = [JudgedQuery(f"q{number}", f"query {number}", {f"d{number}": 1, f"d{(number + 7) % 30}": -1}) for number in range(20)]
TRAIN, VALIDATION = QUERIES[:12], QUERIES[12:]


def number_of(text: str) -> int:
    return int(text.split()[1]) if text else -1


class Ranks:
    """Knows the document of a query's number for those queries it is ``good`` at; otherwise puts it ninth."""

    def __init__(self, good: Sequence[int] = ()) -> None:
        self.good = good
        self.asked: list[str] = []

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        self.ids = [document.id for document in documents]
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        self.asked += queries
        found = []
        for query in queries:
            number = number_of(query)
            others = [id_ for id_ in self.ids if id_ != f"d{number}"]
            place = 0 if number in self.good else 8
            ranked = [*others[:place], f"d{number}", *others[place:]][:k]
            found.append([Hit(id_, float(100 - rank)) for rank, id_ in enumerate(ranked)])
        return found

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


class Scores:
    """A reranker that scores the document of the query's number by ``right``, and all others by their own number."""

    def __init__(self, right: float = 100.0) -> None:
        self.right = right
        self.asked: list[tuple[str, int]] = []

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append((query, len(texts)))
        wanted = number_of(query)
        return np.array([self.right if number_of(t) == wanted else number_of(t) for t in texts], dtype=np.float32)

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


class Learner(Scores):
    """Keeps what it was trained with."""

    def fit(self, train: Sequence[tuple[str, str, float]], validation: Sequence[tuple[str, str, float]] = ()) -> Self:
        self.train, self.validation = list(train), list(validation)
        return self


def ndcg(retriever: HybridRetriever | RerankedRetriever, queries: Sequence[JudgedQuery]) -> float:
    found = retriever.search([query.text for query in queries], 10)
    return score_queries([query.relevance for query in queries], [[hit.id for hit in hits] for hits in found]).means()["ndcg@10"]


def test_hybrid_weight_is_the_best_of_the_grid_on_train() -> None:
    hybrid = HybridRetriever(Ranks(range(9)), Ranks(range(6, 12))).fit(DOCUMENTS, TRAIN, VALIDATION)
    assert len(hybrid.weights_tried_) == 21
    for weight in (0.0, 0.3, 0.5, 0.75, 1.0):
        fixed = HybridRetriever(Ranks(range(9)), Ranks(range(6, 12)), weight=weight).fit(DOCUMENTS, TRAIN)
        assert hybrid.weights_tried_[weight] == pytest.approx(ndcg(fixed, TRAIN))
        assert fixed.weights_tried_ == {}
    assert hybrid.weights_tried_[hybrid.weight_] == max(hybrid.weights_tried_.values()) == pytest.approx(ndcg(hybrid, TRAIN))


def test_hybrid_weight_ignores_validation_queries() -> None:
    first_wins, second_wins = range(12), range(12, 20)  # the first knows train, the second validation
    hybrid = HybridRetriever(Ranks(first_wins), Ranks(second_wins)).fit(DOCUMENTS, TRAIN, VALIDATION)
    assert hybrid.weight_ > 0.5
    assert hybrid.first.asked == hybrid.second.asked == [query.text for query in TRAIN]


def test_hybrid_of_equals_trusts_both_alike() -> None:
    assert HybridRetriever(Ranks(range(20)), Ranks(range(20))).fit(DOCUMENTS, TRAIN).weight_ == 0.5
    assert HybridRetriever(Ranks(), Ranks()).fit(DOCUMENTS).weight_ == 0.5
    unjudged = [JudgedQuery("q", "query 1", {"d1": 0})]
    assert HybridRetriever(Ranks(), Ranks(range(20))).fit(DOCUMENTS, unjudged).weight_ == 0.5


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_hybrid_at_either_end_ranks_as_one_does(weight: float) -> None:
    hybrid = HybridRetriever(Ranks(range(20)), Ranks(), weight=weight, depth=10).fit(DOCUMENTS)
    alone = (hybrid.first if weight else hybrid.second).search(["query 4"], 10)
    assert [hit.id for hit in hybrid.search(["query 4"], 9)[0]] == [hit.id for hit in alone[0]][:9]


@pytest.mark.parametrize("right", [-1.0, 0.0])
def test_a_reranker_that_does_not_help_leaves_the_first_stage_untouched(right: float) -> None:
    first = Ranks(range(0, 20, 2))
    reranked = RerankedRetriever(first, Scores(right)).fit(DOCUMENTS, TRAIN, VALIDATION)
    assert reranked.blend_ == 0
    reranked.reranker.asked.clear()
    texts = [query.text for query in QUERIES]
    for k in (1, 10, 30):
        assert reranked.search(texts, k) == first.search(texts, k)
    assert reranked.reranker.asked == []


def test_a_reranker_that_helps_is_blended_in() -> None:
    reranked = RerankedRetriever(Ranks(range(0, 20, 2)), Scores()).fit(DOCUMENTS, TRAIN, VALIDATION)
    assert reranked.blend_ > 0
    assert ndcg(reranked, QUERIES) == 1.0
    assert reranked.blends_tried_[0.0] < reranked.blends_tried_[reranked.blend_] == 1.0


def test_the_smallest_of_equally_good_blends_is_taken() -> None:
    reranked = RerankedRetriever(Ranks(range(0, 20, 2)), Scores()).fit(DOCUMENTS, TRAIN, VALIDATION)
    best = [blend for blend, score in reranked.blends_tried_.items() if score == 1.0]
    assert reranked.blend_ == min(best)


def test_the_blend_is_chosen_on_validation_alone() -> None:
    first = Ranks(range(12))  # perfect on train, where no reranker could help
    reranked = RerankedRetriever(first, Scores()).fit(DOCUMENTS, TRAIN, VALIDATION)
    assert reranked.blend_ > 0
    assert {query for query, _ in reranked.reranker.asked} == {query.text for query in VALIDATION}
    without = RerankedRetriever(Ranks(range(12)), Scores()).fit(DOCUMENTS, TRAIN)
    assert {query for query, _ in without.reranker.asked} == {query.text for query in TRAIN}
    assert RerankedRetriever(Ranks(), Scores()).fit(DOCUMENTS).blend_ == 0.5


def test_only_the_first_hits_are_reranked_and_the_rest_keep_their_order() -> None:
    reranked = RerankedRetriever(Ranks(), Scores(), depth=9, blend=1.0).fit(DOCUMENTS)
    [hits] = reranked.search(["query 20"], 15)
    [before] = reranked.first.search(["query 20"], 15)
    assert reranked.reranker.asked[-1] == ("query 20", 9)
    assert [hit.id for hit in hits[:9]] == ["d20", *(f"d{number}" for number in range(7, -1, -1))]
    assert [hit.id for hit in hits[9:]] == [hit.id for hit in before[9:]]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert reranked.search(["query 20"], 3) == [hits[:3]]


def test_the_reranker_never_learns_from_the_queries_that_judge_it() -> None:
    for validation in (VALIDATION, []):
        learner = Learner()
        reranked = RerankedRetriever(Ranks(range(0, 20, 2)), learner).fit(DOCUMENTS, TRAIN, validation)
        learned, judged_by = {pair[0] for pair in learner.train}, {query for query, _ in learner.asked}
        assert not learned & judged_by
        assert judged_by == {pair[0] for pair in learner.validation}
        if validation:
            assert learned == {query.text for query in TRAIN}
        else:
            assert learned | judged_by == {query.text for query in TRAIN}
            assert len(judged_by) == 2
        assert reranked.blend_ > 0


@pytest.mark.parametrize("seed", range(5))
def test_mined_negatives_are_never_relevant(seed: int) -> None:
    first = Ranks(range(20)).fit(DOCUMENTS)
    texts = {document.id: document.text for document in DOCUMENTS}
    relevance: Mapping[str, int] = {"d3": 2, "d0": 1, "d1": 0, "d2": -1, "gone": 1}
    queries = [JudgedQuery("q", "query 3", relevance), JudgedQuery("none", "query 4", {"d4": 0})]
    pairs = mine_pairs(first, texts, queries, depth=8, negatives=4, seed=seed)
    assert [pair for pair in pairs if pair[2] > 0] == [("query 3", "text 3", 2.0), ("query 3", "text 0", 1.0)]
    negatives = [text for query, text, grade in pairs if grade == 0 and query == "query 3"]
    assert len(negatives) == len(set(negatives)) == 4
    assert not {"text 3", "text 0"} & set(negatives)
    assert {number_of(text) for text in negatives} <= set(range(8))
    assert len(pairs) == 6
    assert pairs == mine_pairs(first, texts, queries, depth=8, negatives=4, seed=seed)


def test_a_text_relevant_to_another_query_of_the_same_words_is_no_negative() -> None:
    first = Ranks(range(20)).fit(DOCUMENTS)
    texts = {document.id: document.text for document in DOCUMENTS}
    twins = [JudgedQuery("one", "query 3", {"d3": 1}), JudgedQuery("two", "query 3", {"d0": 1})]
    for pair in mine_pairs(first, texts, twins, depth=10, negatives=9, seed=0):
        assert (pair[2] > 0) == (pair[1] in ("text 3", "text 0"))


@pytest.mark.parametrize("seed", range(3))
def test_the_texts_of_a_query_are_all_whole_or_all_cut_to_one_length(seed: int) -> None:
    text = "one two three four five six"
    pairs = [(f"query {number}", text, grade) for number in range(60) for grade in (1.0, 0.0, 0.0)]
    made = cut_some(pairs, [3, 7], seed)
    assert [(query, grade) for query, _, grade in made] == [(query, grade) for query, _, grade in pairs]
    read = {query: {text for other, text, _ in made if other == query} for query, _, _ in pairs}
    assert all(len(texts) == 1 for texts in read.values())
    assert set.union(*read.values()) == {text, "one", "one two"}
    assert made[:3] == cut_some(pairs[:3], [3, 7], seed)
    assert cut_some(pairs, [], seed) == pairs


def test_draws_depend_on_the_seed_and_not_on_the_other_queries() -> None:
    first = Ranks(range(20)).fit(DOCUMENTS)
    texts = {document.id: document.text for document in DOCUMENTS}

    def mined(queries: Sequence[JudgedQuery], seed: int) -> list[tuple[str, str, float]]:
        pairs = mine_pairs(first, texts, queries, depth=25, negatives=3, seed=seed)
        return [pair for pair in pairs if pair[0] == TRAIN[5].text]

    assert mined(TRAIN, 0) == mined(TRAIN[5:6], 0) == mined(TRAIN[::-1], 0)
    assert len({str(mined(TRAIN, seed)) for seed in range(6)}) > 1


def test_carving_keeps_like_texts_together_whatever_the_order() -> None:
    doubled = [*TRAIN, *(JudgedQuery(f"{query.id}x", query.text, query.relevance) for query in TRAIN)]
    kept, held = carve(doubled)
    assert not {query.text for query in kept} & {query.text for query in held}
    assert len(kept) + len(held) == len(doubled)
    assert {query.text for query in carve(doubled[::-1])[1]} == {query.text for query in held}
    assert len({query.text for query in held}) == 2
    assert carve(TRAIN[:1]) == (TRAIN[:1], [])
    assert [len(part) for part in carve(TRAIN[:2])] == [1, 1]
    assert carve([]) == ([], [])
