"""Calibrated spans: scores that hold, evidence that helps, and nothing learnt from too little."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from tests.contracts import examples as given
from tests.decisions.spans.told import ToldTagger, drawn, sentence

from nlpref.decisions.spans import CalibratedTagger
from nlpref.decisions.spans.calibrator import IsotonicSpans, LogisticSpans
from nlpref.decisions.spans.evidence import evidence, log_odds
from nlpref.decisions.spans.reading import read
from nlpref.decisions.spans.wrapper import judge
from nlpref.errors import InputError, NotFittedError
from nlpref.metrics.span_reliability import span_reliability_estimates
from nlpref.protocols import ChainTagger, TokenTagger
from nlpref.storage import load_component
from nlpref.tagging import CrfTagger
from nlpref.tasks import task_named
from nlpref.types import TaggedTokens

TRAIN, HELD, NEW = drawn(30, 0), drawn(800, 1, sharpness=3.0), drawn(800, 2, sharpness=3.0)


def error_of(model: Any, examples: list[TaggedTokens]) -> float:
    found = model.predict([one.tokens for one in examples])
    return span_reliability_estimates([one.spans for one in examples], found, resamples=1)["span_ece"].value


@pytest.mark.parametrize("method", ["logistic", "isotonic"])
def test_scores_that_are_too_sure_are_mended(method: Any) -> None:
    model = CalibratedTagger(ToldTagger(), method).fit(TRAIN, HELD)
    assert error_of(ToldTagger().fit(TRAIN), NEW) > 0.15
    assert error_of(model, NEW) < 0.05
    assert model.tagger.validation == []
    assert (model.held_, model.spans_) == (800, sum(len(one.tokens) - 1 for one in HELD))
    sentences = [one.tokens for one in NEW]
    assert model.predict(sentences) == model.tagger.predict(sentences), "start, end and label stay"
    assert isinstance(model, TokenTagger)


def test_the_factor_is_found_and_useless_evidence_left_out() -> None:
    model = CalibratedTagger(ToldTagger()).fit(TRAIN, HELD)
    assert model.evidence_ == []
    np.testing.assert_allclose(model.calibrator_.weights, [0.0, 1 / 3], atol=0.1)


def test_a_label_that_is_told_too_often_is_learnt_of() -> None:
    random = np.random.default_rng(4)
    cases = [[("a", 0.8), ("b", 0.8)]] * 300
    held = [sentence(told, [random.random() < 0.95, random.random() < 0.5]) for told in cases]
    model = CalibratedTagger(ToldTagger()).fit(TRAIN, held)
    assert model.evidence_ == ["label"]
    (found,) = model.predict([["a:0.8", "b:0.8"]])
    assert [span.score for span in found] == pytest.approx([0.95, 0.5], abs=0.05)


def test_the_weights_are_those_of_least_loss_around_the_score_as_it_is() -> None:
    random = np.random.default_rng(1)
    columns, right = random.normal(size=(40, 3)), random.random(40) < 0.6
    weights = LogisticSpans.fit(columns, right).weights

    def loss(at: np.ndarray) -> float:
        chance = 1 / (1 + np.exp(-(at[0] + columns @ at[1:])))
        return float(-np.log(np.where(right, chance, 1 - chance)).sum() + ((at - [0, 1, 0, 0]) ** 2).sum() / 2)

    steps = np.eye(4) * 1e-3
    assert all(loss(weights) < loss(weights + sign * step) for step in steps for sign in (1, -1))


def test_the_isotonic_curve_is_that_of_scikit_learn_and_never_certain() -> None:
    scores, right = np.array([0.1, 0.4, 0.35, 0.8, 0.9]), np.array([False, True, False, True, True])
    found = IsotonicSpans.fit(log_odds(scores)[:, None], right)(log_odds(scores)[:, None])
    expected = IsotonicRegression(y_min=1 / 7, y_max=6 / 7).fit(log_odds(scores), right.astype(float)).predict(log_odds(scores))
    np.testing.assert_allclose(found, expected)
    assert found.min() > 0
    assert found.max() < 1


@pytest.mark.parametrize("method", ["logistic", "isotonic"])
def test_without_a_span_held_out_scores_stay(method: Any, caplog: pytest.LogCaptureFixture) -> None:
    model = CalibratedTagger(ToldTagger(), method).fit(TRAIN, [TaggedTokens(("a", "b"))])
    assert "the tagger finds nothing in 1 held-out sentences, so its scores stay as they are" in caplog.text
    assert [span.score for span in model.predict([["a:0.25", "b:0.9"]])[0]] == pytest.approx([0.25, 0.9], abs=1e-3)
    assert "after" not in model.describe([TaggedTokens(("a",))])["span_calibration"]


def test_without_validation_each_sentence_is_read_by_a_copy_that_has_not_learnt_from_it() -> None:
    plain = CalibratedTagger(ToldTagger(), use_validation=False, folds=3).fit(HELD[:90], NEW)
    assert (plain.held_, len(plain.tagger.learnt)) == (90, 90)
    real = CalibratedTagger(CrfTagger(c2=0.1, max_iterations=30), folds=2).fit(given.TRAIN_TAGGED)
    assert real.held_ == len(given.TRAIN_TAGGED)
    assert 0 < real.spans_ <= sum(len(one.spans) for one in given.TRAIN_TAGGED) + 10
    with pytest.raises(InputError, match="calibrators need sentences of their own, and 1 are too few"):
        CalibratedTagger(ToldTagger()).fit(HELD[1:2])


def test_the_evidence_of_a_chain() -> None:
    tagger = CrfTagger(c2=0.1, max_iterations=30).fit(given.TRAIN_TAGGED)
    assert isinstance(tagger, ChainTagger)
    readings = read(tagger, [one.tokens for one in given.VALIDATION_TAGGED], 0.01)
    table = evidence(readings, tagger.labels, ["length", "label", "entropy", "rival"])
    spans = [span for one in readings for span in one.found]
    assert table.shape == (len(spans), 1 + 1 + 2 + 1 + 1)
    np.testing.assert_allclose(table[:, 0], np.log([one.score / (1 - one.score) for one in spans]), atol=1e-6)
    np.testing.assert_allclose(table[:, 1], np.log([one.end - one.start for one in spans]))
    assert table[:, 2:4].sum(axis=1).tolist() == [1.0] * len(spans)
    assert (table[:, 4] >= 0).all()
    first, chain = spans[0], readings[0].chain
    assert chain is not None
    rivals = [one.score for one in chain.candidates(0.01) if one != first and one.start < first.end and first.start < one.end]
    assert table[0, 5] == pytest.approx(np.log(max(rivals, default=0.01) / 0.01))
    for one in readings:
        assert not set(one.found) & set(one.left)
        assert all(a.score >= b.score for a, b in pairwise(one.left))


def test_candidates_that_were_left_are_calibrated_too() -> None:
    model = CalibratedTagger(CrfTagger(c2=10.0, max_iterations=10), folds=2).fit(given.TRAIN_TAGGED)
    sentences = [one.tokens for one in given.VALIDATION_TAGGED]
    raw, mended = read(model.tagger, sentences, 0.01), read(model, sentences, 0.01)
    assert [one.left for one in raw] == [one.left for one in mended], "the same spans"
    assert any(one.left for one in raw)
    scores = np.array([span.score for one in raw for span in one.left])
    expected = model.left_(log_odds(scores)[:, None])
    np.testing.assert_allclose([span.score for one in mended for span in one.left], expected)


def test_the_record_tells_what_calibration_did(tmp_path: Path) -> None:
    model = CalibratedTagger(ToldTagger()).fit(TRAIN, HELD)
    found = task_named("ner").evaluate(model, NEW).details
    told = found["span_calibration"]
    assert told["after"]["ece"] < told["before"]["ece"]
    assert told["after"]["log_loss"] < told["before"]["log_loss"]
    assert told["after"]["ece"] == pytest.approx(found["span_reliability"]["ece"]["value"])
    assert told["after"]["brier"] == pytest.approx(found["span_reliability"]["brier"]["value"])
    assert (told["held_out"], told["evidence"]) == (800, [])
    model.save(tmp_path / "model")
    loaded = load_component(tmp_path / "model", ("nlpref", "tests"))
    assert loaded.describe(NEW) == model.describe(NEW)


def test_what_does_not_fit_is_named() -> None:
    partial = TaggedTokens(("a:0.5",), (), "half", annotated=("a",))
    with pytest.raises(InputError, match="method is 'platt', expected one of 'logistic', 'isotonic'"):
        CalibratedTagger(ToldTagger(), "platt").fit(TRAIN, HELD)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="folds must be a whole number of at least 2, got 1"):
        CalibratedTagger(ToldTagger(), folds=1).fit(HELD)
    with pytest.raises(InputError, match="with fit_tagger=False give a validation split"):
        CalibratedTagger(ToldTagger().fit(TRAIN), fit_tagger=False).fit(HELD)
    with pytest.raises(InputError, match="with fit_tagger=False the tagger must be fitted already"):
        CalibratedTagger(ToldTagger(), fit_tagger=False).fit(TRAIN, HELD)
    with pytest.raises(InputError, match="sentence 'half' was annotated for a alone"):
        CalibratedTagger(ToldTagger()).fit(TRAIN, [partial])
    with pytest.raises(InputError, match="needs a tagger with fit, predict and labels"):
        CalibratedTagger("crf").fit(TRAIN, HELD)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least one sentence to tell shares of"):
        judge(ToldTagger().fit(TRAIN), [])
    model = CalibratedTagger(ToldTagger()).fit(TRAIN, HELD).set_params(method="none")
    with pytest.raises(InputError):
        model.fit(TRAIN, HELD)
    with pytest.raises(NotFittedError):
        model.predict([["a:0.5"]])


def test_sentences_in_which_some_types_were_looked_for_are_learnt_from_and_not_judged() -> None:
    partial = [TaggedTokens(one.tokens, one.spans, one.id, annotated=("a",)) for one in HELD[:20]]
    assert CalibratedTagger(ToldTagger(), folds=2).fit([*HELD[20:60], *partial]).held_ == 40
