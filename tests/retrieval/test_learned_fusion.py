"""What fusion learns: features, gradients and choices worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.metrics.ranking import score_queries
from nlpref.retrieval import HybridRetriever, LearnedFusionRetriever
from nlpref.retrieval.document_words import DocumentWords
from nlpref.retrieval.fusion_features import GradedList, describe, feature_names
from nlpref.retrieval.lambda_mart import Boosting, LambdaMart, lambdas
from nlpref.retrieval.linear_ranking import best_shares, pairwise_logistic, shares
from nlpref.types import Document, Hit, JudgedQuery


class Told(BaseEstimator):
    """A stage that answers what it was told."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        self.answers = answers

    def fit(self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Any = ()) -> Self:
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        return [[Hit(str(id_), float(score)) for id_, score in self.answers.get(query, ())][:k] for query in queries]

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


def test_features_by_hand() -> None:
    words = DocumentWords.of(["lost parcel", "parcel", "a lamp of gold", ""])
    rows = {"a": 0, "b": 1, "c": 2, "d": 3}
    found = describe("Parcel lost?", [[Hit("a", 8.0), Hit("b", 4.0)], [Hit("c", 0.9), Hit("a", 0.5), Hit("d", 0.1)]], words, rows)
    assert found.ids == ("a", "b", "c", "d")
    table = dict(zip(feature_names(2), found.features.T.tolist(), strict=True))
    assert table["scaled_0"] == [1, 0, 0, 0]
    assert table["scaled_1"] == pytest.approx([0.5, 0, 1, 0])
    assert table["deviation_0"] == pytest.approx([1, -1, -1, -1])
    assert table["reciprocal_0"] == pytest.approx([1, 61 / 62, 0, 0])
    assert table["reciprocal_1"] == pytest.approx([61 / 62, 0, 1, 61 / 63])
    assert (table["score_0"], table["score_1"]) == ([8, 4, 0, 0], [0.5, 0, 0.9, 0.1])
    assert (table["present_0"], table["present_1"]) == ([1, 1, 0, 0], [1, 0, 1, 1])
    assert table["stages"] == [2, 1, 1, 1]
    assert table["document_length"] == pytest.approx(np.log([3, 2, 4, 1]))
    assert table["query_length"] == pytest.approx([np.log(3)] * 4)
    assert table["overlap"] == [1, 0.5, 0, 0]
    # of four documents, lost is in one, parcel in two
    lost, parcel = np.log(1 + 3.5 / 1.5), np.log(1 + 2.5 / 2.5)
    assert table["rare_overlap"] == pytest.approx([1, parcel / (lost + parcel), 0, 0])


def test_nothing_found_has_features_for_nothing() -> None:
    words = DocumentWords.of(["a b"])
    assert describe("query", [[], []], words, {"a": 0}).features.shape == (0, len(feature_names(2)))
    assert words.overlap("", [0])[0].tolist() == [0.0]


def test_shares_divide_the_whole() -> None:
    assert [len(list(shares(count))) for count in (1, 2, 3, 4)] == [1, 21, 66, 56]
    for count in (1, 2, 3, 4):
        assert all(sum(share) == pytest.approx(1) and len(share) == count for share in shares(count))
    assert best_shares(3, lambda share: -abs(share[1] - 0.7)).tolist() == pytest.approx([0.1, 0.7, 0.2])
    assert best_shares(2, lambda _: 0.0).tolist() == [0.5, 0.5]


def test_lambdas_by_hand() -> None:
    """The relevant one of two stands second: an exchange gains 1 - 1/log2(3)."""
    pull, sure = lambdas(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    wrong, change = 1 / (1 + np.exp(-1.0)), 1 - 1 / np.log2(3)
    assert pull == pytest.approx([-wrong * change, wrong * change])
    assert sure == pytest.approx([wrong * (1 - wrong) * change] * 2)


def test_lambdas_point_along_the_loss_they_come_from() -> None:
    """With the exchange gains held fixed they are derivatives; taken here by differences."""
    random = np.random.default_rng(0)
    scores, grades = random.normal(size=6), np.array([0.0, 2, 0, 1, 0, 1])
    ranks = np.argsort(np.argsort(-scores)) + 1
    discount, ideal = 1 / np.log2(ranks + 1.0), 2 + 1 / np.log2(3) + 1 / 2

    def loss(given: np.ndarray) -> float:
        return sum(
            (grades[i] - grades[j]) * abs(discount[i] - discount[j]) / ideal * np.log1p(np.exp(given[j] - given[i]))
            for i in range(6)
            for j in range(6)
            if grades[i] > grades[j]
        )

    pull, _ = lambdas(scores, grades)
    for place in range(6):
        step = np.zeros(6)
        step[place] = 1e-5
        assert pull[place] == pytest.approx(-(loss(scores + step) - loss(scores - step)) / 2e-5, abs=1e-6)


def lists(count: int, seed: int) -> list[GradedList]:
    """The relevant one of eight documents is that whose first two features agree; a third one is noise."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        features = random.uniform(-1, 1, size=(8, 3))
        features[:, 1] = -np.sign(features[:, 0]) * np.abs(features[:, 1])
        features[3, 1] *= -1
        made.append(GradedList(features, np.eye(8)[3]))
    return made


def first(model: Any, one: GradedList) -> bool:
    scores = model.score(one.features) if isinstance(model, LambdaMart) else one.features @ model
    return int(np.argmax(scores)) == 3


def test_trees_learn_what_no_sum_can() -> None:
    trees = LambdaMart(Boosting(40, 8, 0.2, 5)).fit(lists(80, 0))
    weights = pairwise_logistic(lists(80, 0))
    held = lists(60, 1)
    assert np.mean([first(trees, one) for one in held]) > 0.9
    assert np.mean([first(weights, one) for one in held]) < 0.5


def test_trees_answer_as_scikit_learn_does() -> None:
    """One tree of a full step, its leaves replaced by means over the leaf."""
    from sklearn.tree import DecisionTreeRegressor

    [one] = lists(1, 5)
    many = GradedList(np.concatenate([part.features for part in lists(20, 6)]), np.tile(one.grades, 20))
    model = LambdaMart(Boosting(1, 6, 1.0, 3)).fit([many])
    pull, sure = lambdas(np.zeros(160), many.grades)
    tree = DecisionTreeRegressor(max_leaf_nodes=6, min_samples_leaf=3, random_state=0).fit(many.features, pull)
    other = np.random.default_rng(1).uniform(-1, 1, size=(50, 3))
    leaves = tree.apply(many.features)
    expected = [pull[leaves == leaf].sum() / sure[leaves == leaf].sum() for leaf in tree.apply(other)]
    assert model.score(other) == pytest.approx(expected)


def test_pairs_teach_the_sign_of_a_feature() -> None:
    random = np.random.default_rng(0)
    made = []
    for _ in range(40):
        features = np.concatenate([random.normal(size=(6, 2)) * [1, 1000], np.ones((6, 1))], axis=1)
        made.append(GradedList(features, (features[:, 0] == features[:, 0].max()).astype(float)))
    weights = pairwise_logistic(made)
    assert weights is not None
    assert weights[0] > 0
    assert weights[2] == 0, "what is the same everywhere says nothing"
    assert np.mean([np.argmax(one.features @ weights) == np.argmax(one.grades) for one in made]) > 0.9
    assert pairwise_logistic([GradedList(np.ones((3, 2)), np.zeros(3))]) is None


DOCUMENTS = [Document(f"d{row}", f"text number {row}") for row in range(12)]
NAMES = [f"query {row}" for row in range(20)]
QUERIES = [JudgedQuery(name, name, {f"d{row % 12}": 1}) for row, name in enumerate(NAMES)]


def ranking(right: int, place: int) -> list[list[Any]]:
    others = [row for row in range(12) if row != right]
    order = [*others[:place], right, *others[place:]]
    return [[f"d{row}", 20.0 - rank] for rank, row in enumerate(order)]


GOOD = Told({name: ranking(row % 12, 0) for row, name in enumerate(NAMES)})
BAD = Told({name: ranking(row % 12, 9) for row, name in enumerate(NAMES)})


def test_shares_are_those_of_the_hybrid() -> None:
    hybrid = HybridRetriever(GOOD, BAD).fit(DOCUMENTS, QUERIES)
    fused = LearnedFusionRetriever([GOOD, BAD], "shares").fit(DOCUMENTS, QUERIES)
    assert fused.model_ == "shares"
    assert (fused.weights_["scaled_0"], fused.weights_["scaled_1"]) == (hybrid.weight_, pytest.approx(1 - hybrid.weight_))
    for one, other in zip(fused.search(NAMES), hybrid.search(NAMES), strict=True):
        assert [hit.id for hit in one] == [hit.id for hit in other]
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other])


@pytest.mark.parametrize("model", ["auto", "logistic", "trees"])
def test_the_better_stage_wins(model: Any) -> None:
    fused = LearnedFusionRetriever([BAD, GOOD, BAD], model, boosting=Boosting(10, 4, 0.3, 2)).fit(DOCUMENTS, QUERIES)
    found = [[hit.id for hit in hits] for hits in fused.search(NAMES)]
    assert score_queries([query.relevance for query in QUERIES], found).means()["ndcg@10"] > 0.99


def test_auto_takes_the_best_on_held_out_queries_and_the_simplest_of_equals() -> None:
    fused = LearnedFusionRetriever([GOOD, BAD], boosting=Boosting(10, 4, 0.3, 2)).fit(DOCUMENTS, QUERIES)
    assert set(fused.tried_) == {"shares", "logistic", "trees"}
    assert fused.tried_["shares"] == 1.0
    assert fused.model_ == "shares"


def test_neither_order_nor_repetition_of_queries_changes_the_parts() -> None:
    from nlpref.retrieval.learned_fusion import _parts

    parts = dict(zip(NAMES, _parts(QUERIES, 5).tolist(), strict=True))
    assert sorted(np.bincount(list(parts.values()))) == [4] * 5
    doubled = [*QUERIES[::-1], *QUERIES[:3]]
    assert _parts(doubled, 5).tolist() == [parts[query.text] for query in doubled]
    assert _parts(QUERIES[:2], 5).tolist() in ([0, 1], [1, 0])


def test_without_queries_shares_are_equal() -> None:
    for queries in ((), [JudgedQuery("q", "query 0", {"d1": 0})]):
        fused = LearnedFusionRetriever([GOOD, BAD], "trees").fit(DOCUMENTS, queries)
        assert fused.model_ == "shares"
        assert (fused.weights_["scaled_0"], fused.weights_["scaled_1"]) == (0.5, 0.5)
    nothing = LearnedFusionRetriever([Told({})], "logistic").fit(DOCUMENTS, QUERIES)
    assert nothing.model_ == "shares"
    assert nothing.search(["query 0"]) == [[]]


@pytest.mark.parametrize("model", ["shares", "logistic", "trees"])
def test_saved_as_it_is(model: Any, tmp_path: Path) -> None:
    fused = LearnedFusionRetriever([GOOD, BAD], model, boosting=Boosting(5, 4, 0.3, 2)).fit(DOCUMENTS, QUERIES)
    fused.save(tmp_path / "fused")
    loaded = storage.load_component(tmp_path / "fused", ("nlpref", "tests"))
    assert loaded.search(NAMES) == fused.search(NAMES)
    assert (loaded.model_, loaded.weights_) == (model, fused.weights_)


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"stages": []}, "stages"),
        ({"stages": GOOD}, "stages"),
        ({"model": "forest"}, "'forest', expected auto, shares"),
        ({"depth": 0}, "depth"),
        ({"folds": 1}, "folds"),
        ({"negatives": 0}, "negatives"),
        ({"C": 0.0}, "C is"),
    ],
)
def test_settings_that_are_none_are_refused(bad: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        LearnedFusionRetriever(**{"stages": [GOOD], **bad}).fit(DOCUMENTS)
