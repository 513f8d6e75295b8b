"""Probabilities of relevance, a cut-off with a promise, and nothing where nothing fits."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nlpref.errors import InputError
from nlpref.retrieval import AnswerableRetriever, Bm25Retriever
from nlpref.retrieval.coverage import WordCoverage
from nlpref.retrieval.relevance import EVIDENCE, RelevanceModel, evidence
from nlpref.types import Document, Hit, JudgedQuery

SYLLABLES = ("ka", "lo", "mi", "nu", "re", "so", "ti", "va", "zo", "pe")


def name(number: int) -> str:
    """A word that only one document has."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:04}")


DOCUMENTS = [Document(f"d{number}", f"the page on {name(number)} and {name(number + 500)}") for number in range(200)]
ASKED = [JudgedQuery(f"q{number}", f"page {name(number)} {name(number + 500)}", {f"d{number}": 1}) for number in range(200)]
LOST = [f"page {name(number)} {name(number + 500)}" for number in range(300, 350)]


def fitted(held: int = 100, **settings: object) -> AnswerableRetriever:
    return AnswerableRetriever(Bm25Retriever(), relative=False, **settings).fit(DOCUMENTS, ASKED[held:150], ASKED[:held])


def test_what_fits_is_given_and_nothing_where_nothing_fits() -> None:
    sure = fitted()
    found = sure.search([query.text for query in ASKED[150:]])
    assert [[hit.id for hit in hits] for hits in found] == [[f"d{number}"] for number in range(150, 200)]
    assert sure.search(LOST) == [[]] * len(LOST)
    assert sure.answerability([query.text for query in ASKED[150:]]).min() > sure.answerability(LOST).max()
    assert sure.answerability([]).shape == (0,)
    assert sure.answerability(["unheard-of"]).tolist() == [0.0]


def test_hits_come_by_falling_probability_and_no_more_than_are_looked_at() -> None:
    every = fitted(precision=None, depth=4)
    assert (every.promise_, every.threshold_) == (None, 0.0)
    [hits] = every.search(["page"], 10)
    assert len(hits) == 4
    scores = [hit.score for hit in every.search([ASKED[160].text], 10)[0]]
    assert scores == sorted(scores, reverse=True)
    assert 0 < min(scores) <= max(scores) < 1


def test_probabilities_are_about_as_often_right_as_they_say() -> None:
    every = fitted(precision=None)
    hits = every.search([query.text for query in ASKED[150:]]) + every.search(LOST)
    rows = [(hit.score, hit.id == f"d{number + 150}") for number, found in enumerate(hits) for hit in found]
    said, right = np.array(rows, dtype=np.float64).T
    assert said.sum() == pytest.approx(right.sum(), rel=0.1)


def test_too_few_queries_promise_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        unsure = fitted(held=5, precision=0.9, confidence=0.95)
    assert unsure.threshold_ == 1.0
    assert unsure.search([ASKED[160].text]) == [[]]
    assert unsure.answerability([ASKED[160].text])[0] > 0
    assert "precision=0.9 with confidence=0.95 is not reached on 5 held-out queries" in caplog.text


class Oracle:
    """A judge that knows."""

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        return np.array([query.split()[1] in text for text in texts], dtype=np.float32)


def test_a_judge_adds_its_scores_to_the_evidence() -> None:
    without, judged = fitted(), fitted(judge=Oracle())
    assert len(without.model_.weights) == len(EVIDENCE)
    assert len(judged.model_.weights) == len(EVIDENCE) + 2
    assert judged.model_.weights[-2] > 0
    assert judged.search(LOST) == [[]] * len(LOST)


def test_without_validation_a_fifth_of_train_is_held_out() -> None:
    sure = AnswerableRetriever(Bm25Retriever(), precision=0.7, confidence=0.8).fit(DOCUMENTS, ASKED)
    assert sure.promise_ is not None
    assert sure.promise_.kept >= 15  # half of forty have something to find
    with pytest.raises(InputError, match="1 judged train queries and no judged validation query"):
        AnswerableRetriever(Bm25Retriever()).fit(DOCUMENTS, ASKED[:1])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"precision": 1}, "precision"),
        ({"confidence": 0}, "confidence"),
        ({"unanswerable": 1}, "unanswerable"),
        ({"depth": 0}, "depth"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], named: str) -> None:
    with pytest.raises(InputError, match=named):
        fitted(**settings)


def test_coverage_by_hand() -> None:
    coverage = WordCoverage({"page": 3}, 3)
    rare, common = np.log(4 / 1.5), np.log(4 / 3.5)
    assert coverage.share("Pages nulo", "a page") == pytest.approx(common / (common + rare))
    assert coverage.share("nulo nulo", "nulo") == 1.0
    assert WordCoverage.of(["page one", "page two", "page"]).held_by == {"page": 3}


def test_evidence_by_hand() -> None:
    hits = [Hit("a", 5.0), Hit("b", 3.0), Hit("c", 1.0)]
    table = evidence("one two three", hits, [1.0, 0.5, 0.0])
    columns = dict(zip(EVIDENCE, table.T.tolist(), strict=True))
    assert columns["score"] == [5.0, 3.0, 1.0]
    assert columns["lead"] == [2.0, -2.0, -4.0]
    assert columns["standing"] == pytest.approx([3.0, 0.0, -3.0])  # 5 against 3 and 1: three deviations of 1 above 2
    assert columns["rank"] == pytest.approx(np.log([1, 2, 3]))
    assert columns["words"] == pytest.approx([np.log(4)] * 3)
    alone = evidence("a", hits[:1], [1.0], [[2.0]])
    assert alone[0].tolist() == pytest.approx([5.0, 0.0, 0.0, 0.0, 1.0, np.log(2), 2.0, 0.0])


def test_relative_scores_say_the_same_however_a_fusion_has_scaled_them() -> None:
    left = [Hit("b", 0.5), Hit("c", 0.25)]  # of three, of which the best was taken out
    anew = [Hit("b", 1.0), Hit("c", 0.5)]  # as a fusion scales the two where there is no third
    assert evidence("one two", left, [1.0, 0.5], relative=True).tolist() == (
        evidence("one two", anew, [1.0, 0.5], relative=True).tolist()
    )
    assert evidence("one", [Hit("a", 0.0)], [1.0], relative=True)[0, 0] == 0.0


def test_the_model_is_logistic_regression() -> None:
    random = np.random.default_rng(0)
    table, relevant = random.normal(size=(80, 3)), random.random(80) < 0.3
    model = RelevanceModel.fitted(table, relevant, np.ones(80))
    oracle = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(table, relevant)
    assert model.probabilities(table) == pytest.approx(oracle.predict_proba(table)[:, 1], abs=1e-6)
    assert RelevanceModel.read(json.loads(json.dumps(dataclasses.asdict(model)))) == model
    for sign in (True, False):
        one_sided = RelevanceModel.fitted(table, np.full(80, sign), np.ones(80))
        assert one_sided.probabilities(table[:1]) == pytest.approx([81 / 82 if sign else 1 / 82])
