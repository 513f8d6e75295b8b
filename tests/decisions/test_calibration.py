"""A calibrated classifier: who learns from what, what it records, and what it refuses."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from tests.decisions.told import Told, drawn, tell

from nlpref.classification import TfidfClassifier
from nlpref.decisions import CalibratedClassifier
from nlpref.decisions.calibration import CALIBRATORS
from nlpref.errors import InputError, NotFittedError
from nlpref.metrics.classification import classification_scores
from nlpref.storage import load_component
from nlpref.tasks import task_named
from nlpref.types import LabelledText

HELD, NEW = tell(*drawn(600, 3, 1, sharpness=3.0)), tell(*drawn(600, 3, 2, sharpness=3.0))
TRAIN = [LabelledText(f"{number}", label) for number in range(10) for label in "abc"]


def test_the_classifier_learns_from_train_and_the_calibrator_from_validation() -> None:
    model = CalibratedClassifier(Told()).fit(TRAIN, HELD)
    assert (model.classifier.learnt, model.classifier.validation) == (TRAIN, [])
    assert model.held_ == 600
    assert float(model.calibrator_.scale) == pytest.approx(1 / 3, rel=0.15)


@pytest.mark.parametrize("validation", [(), NEW])
def test_a_fifth_of_train_is_held_out_where_validation_is_not_there_or_not_to_be_used(validation: list[LabelledText]) -> None:
    model = CalibratedClassifier(Told(), use_validation=False).fit(HELD, validation)
    assert (len(model.classifier.learnt), model.held_) == (480, 120)
    assert CalibratedClassifier(Told(), seed=1).fit(HELD).classifier.learnt != model.classifier.learnt


@pytest.mark.parametrize("method", CALIBRATORS)
def test_the_record_tells_errors_before_and_after(method: str, tmp_path: Path) -> None:
    model = CalibratedClassifier(Told(), method).fit(TRAIN, HELD)
    evaluation = task_named("classification").evaluate(model, NEW)
    found = evaluation.details["calibration"]
    assert (found["method"], found["held_out"]) == (method, 600)
    texts, gold = [one.text for one in NEW], [one.label for one in NEW]
    for when, asked in (("before", model.classifier), ("after", model)):
        scores = classification_scores(gold, asked.predict_proba(texts), model.labels)
        for name in ("ece", "log_loss", "accuracy"):
            assert found[when][name] == pytest.approx(scores[name], abs=1e-6)
    assert found["after"]["ece"] == pytest.approx(evaluation.metrics["ece"].value, abs=1e-6)
    assert found["after"]["ece"] < found["before"]["ece"] / 2
    assert sum(row["count"] for row in found["before"]["bins"]) == 600
    model.save(tmp_path / "model")
    loaded = load_component(tmp_path / "model", ("nlpref", "tests"))
    assert (loaded.predict_proba(texts) == model.predict_proba(texts)).all()
    assert loaded.describe(NEW) == model.describe(NEW)


def test_a_fitted_classifier_is_taken_as_it_is() -> None:
    inside = Told().fit(TRAIN)
    model = CalibratedClassifier(inside, fit_classifier=False).fit(TRAIN[:6], HELD)
    assert inside.learnt == TRAIN
    copied = clone(model)
    with pytest.raises(NotFittedError):
        copied.predict_proba(["1 0 0"])
    assert float(copied.fit(TRAIN, HELD).calibrator_.scale) == float(model.calibrator_.scale)
    with pytest.raises(InputError, match="calibrators need examples that the classifier has not learnt from"):
        model.fit(TRAIN)
    with pytest.raises(InputError, match="must be fitted already, but it is not"):
        CalibratedClassifier(Told(), fit_classifier=False).fit(TRAIN, HELD)
    narrow = Told().fit(TRAIN[:2])
    with pytest.raises(InputError, match=r"that the classifier does not know: \['c'\]"):
        CalibratedClassifier(narrow, fit_classifier=False).fit(TRAIN, HELD)


def test_a_label_that_validation_lacks_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="nlpref")
    some = [one for one in HELD if one.label != "b"]
    model = CalibratedClassifier(Told(), "isotonic").fit(TRAIN, some)
    assert f"none of the {len(some)} held-out examples has the label b" in caplog.text
    assert model.predict_proba(["0.1 0.8 0.1"]).argmax() == 1


def test_one_calibrator_inside_another_does_no_harm() -> None:
    once = CalibratedClassifier(Told())
    twice = CalibratedClassifier(once).fit(HELD, NEW)
    assert once.held_ == 120
    assert float(twice.calibrator_.scale) == pytest.approx(1, abs=0.2)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="method is 'platt', expected one of 'temperature', 'vector'"):
        CalibratedClassifier(Told(), "platt").fit(TRAIN, HELD)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="needs a classifier with fit, predict_proba and labels, got 'tfidf'"):
        CalibratedClassifier("tfidf").fit(TRAIN, HELD)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="calibrators need examples of their own, and 2 are too few"):
        CalibratedClassifier(TfidfClassifier()).fit([LabelledText("x", "a"), LabelledText("y", "b")])
    odd = [LabelledText("0.9 0.9 0.9", "a")]
    with pytest.raises(InputError, match=r"rows of 3 probabilities that sum to 1, got shape \(1, 3\) with sums from 2\.7"):
        CalibratedClassifier(Told()).fit(TRAIN, odd)
    model = CalibratedClassifier(Told()).fit(TRAIN, HELD)
    with pytest.raises(InputError, match="at least one example"):
        model.describe([])
    model.method = "platt"  # type: ignore[assignment]
    with pytest.raises(InputError, match="platt"):
        model.fit(TRAIN, HELD)
    with pytest.raises(NotFittedError):  # what was learnt before is not left behind
        model.predict_proba(["1 0 0"])


def test_long_texts_are_asked_of_the_classifier_inside() -> None:
    model = CalibratedClassifier(Told()).fit(TRAIN, HELD)
    assert not model.exceeds(["1 0 0"] * 3).any()
    assert model.long_texts == "cut"
    assert model.predict_proba([]).shape == (0, 3)
    assert model.predict_proba([]).dtype == np.float32
