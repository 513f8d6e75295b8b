"""What every component that decides has in common."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts import examples as given
from tests.contracts.line import Line
from tests.contracts.matrix import MATRIX

from nlpref.decisions import SelectiveClassifier
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import Decider
from nlpref.types import Decision

DECIDERS = [line for line in MATRIX if hasattr(line.kind, "decide")]


@pytest.mark.parametrize("line", DECIDERS, ids=lambda line: line.name)
def test_decisions_are_those_of_each_text_alone_and_survive_saving(line: Line) -> None:
    model, texts = line.fitted, list(given.TEXTS)
    assert isinstance(model, Decider)
    decided = model.decide(texts)
    assert len(decided) == len(texts)
    assert model.decide([]) == []
    assert [(one.label, one.action) for text in texts for one in model.decide([text])] == [
        (one.label, one.action) for one in decided
    ]
    assert line.loaded.decide(texts) == model.decisions(model.predict_proba(texts)) == decided
    for one in decided:
        assert one.label is None or one.label in model.labels
        assert one.action
        assert one.reason
    with pytest.raises(NotFittedError):
        line.make().decide(texts)
    with pytest.raises(NotFittedError):
        line.make().decisions(model.predict_proba(texts))


def test_all_decision_components_are_looked_at() -> None:
    assert {line.kind.__name__ for line in DECIDERS} == {"CostSensitiveClassifier", "ReviewPolicy", "SelectiveClassifier"}
    assert SelectiveClassifier in {line.kind for line in DECIDERS}


def test_a_confidence_is_a_probability() -> None:
    made = Decision("a", "answer", 0.5, "why not")
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="between 0 and 1"):
            replace(made, confidence=wrong)
