"""A selective classifier: what it answers, what it leaves, and why it may answer nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.decisions.told import Told, drawn, tell

from nlpref.decisions import CalibratedClassifier, SelectiveClassifier
from nlpref.decisions.promise import promised_confidence
from nlpref.errors import InputError, NotFittedError
from nlpref.storage import load_component
from nlpref.tasks import task_named
from nlpref.types import Decision, LabelledText

HELD, NEW = tell(*drawn(800, 3, 1)), tell(*drawn(800, 3, 2))
TRAIN = [LabelledText(f"{number}", label) for number in range(10) for label in "abc"]


def test_answers_and_leaves_as_promised(tmp_path: Path) -> None:
    model = SelectiveClassifier(Told(), risk=0.1).fit(TRAIN, HELD)
    probabilities, targets = drawn(800, 3, 1)
    right = probabilities.argmax(axis=1) == targets
    expected = promised_confidence(probabilities.max(axis=1), right, 0.1, 0.05)
    assert model.promise_.threshold == pytest.approx(expected.threshold, abs=1e-6)
    assert (model.promise_.answered, model.promise_.wrong) == (expected.answered, expected.wrong)
    told = f"{model.promise_.threshold:.4f}, above which at most 0.1 of answers are wrong"
    assert model.decide(["0 1 0", "0.5 0.25 0.25"]) == [
        Decision("b", "answer", 1.0, f"its confidence is above {told}"),
        Decision(None, "person", 0.5, f"its confidence is not above {told}"),
    ]
    model.save(tmp_path / "model")
    loaded = load_component(tmp_path / "model", ("nlpref", "tests"))
    texts = [one.text for one in NEW]
    assert (loaded.promise_, loaded.decide(texts)) == (model.promise_, model.decide(texts))


def test_the_log_tells_what_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nlpref")
    made = SelectiveClassifier(Told(), risk=0.1).fit(TRAIN, HELD).promise_
    assert f"{made.threshold:.4f}, {made.answered} of 800 held-out examples, {made.wrong} wrong" in caplog.text


def test_the_record_tells_what_was_answered_and_how_often_wrongly() -> None:
    model = SelectiveClassifier(CalibratedClassifier(Told()), risk=0.1).fit(HELD, NEW)
    evaluation = task_named("classification").evaluate(model, NEW)
    found = evaluation.details["selection"]
    decided = [row["decision"] for row in evaluation.rows]
    answered = [row for row in evaluation.rows if row["decision"]["action"] == "answer"]
    assert found["share_answered"] == pytest.approx(len(answered) / len(decided))
    assert found["share_wrong"] == pytest.approx(np.mean([row["decision"]["label"] != row["gold"] for row in answered]))
    assert found["share_wrong"] < 0.1 < found["wrong_if_all_were_answered"]
    assert (found["answered"], found["examples"]) == (len(answered), 800)
    assert evaluation.details["calibration"]["held_out"] == 160


def test_without_enough_examples_nothing_is_answered_and_the_log_says_how_many_are_needed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="nlpref")
    model = SelectiveClassifier(Told()).fit(TRAIN, HELD[:20])
    assert "20 held-out examples are too few for risk=0.05 with confidence=0.95" in caplog.text
    assert "at least 59 are needed" in caplog.text
    (made,) = model.decide(["1 0 0"])
    assert (made.label, made.action, made.reason) == (None, "person", "nothing can be promised")
    assert model.describe(NEW)["selection"]["share_answered"] == 0.0
    assert "share_wrong" not in model.describe(NEW)["selection"]
    assert model.predict_proba(["1 0 0"])[0].tolist() == [1.0, 0.0, 0.0]
    unsure = [LabelledText("0.4 0.3 0.3", "abc"[number % 3]) for number in range(300)]
    SelectiveClassifier(Told()).fit(TRAIN, unsure)
    assert "the classifier is not good enough for risk=0.05" in caplog.text


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"risk": 0.0}, "risk must lie between 0 and 1, both excluded, since nothing is certain; got 0.0"),
        ({"confidence": 1}, "confidence must lie between 0 and 1, both excluded, since nothing is certain; got 1"),
        ({"risk": "5 %"}, "got '5 %'"),
        ({"risk": True}, "got True"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings: dict[str, Any], named: str) -> None:
    model = SelectiveClassifier(Told()).fit(TRAIN, HELD).set_params(**settings)
    with pytest.raises(InputError, match=named):
        model.fit(TRAIN, HELD)
    with pytest.raises(NotFittedError):
        model.decide(["1 0 0"])


def test_without_validation_the_promise_is_made_on_a_fifth_of_train() -> None:
    model = SelectiveClassifier(Told(), risk=0.2).fit(HELD)
    assert (model.promise_.examples, len(model.classifier.learnt)) == (160, 640)
    with pytest.raises(InputError, match="promises need examples that the classifier has not learnt from"):
        SelectiveClassifier(Told().fit(TRAIN), fit_classifier=False).fit(HELD)
