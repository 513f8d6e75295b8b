"""What every classifier family must bear beside the laws, since it takes its time: very long texts, and very rare labels."""

from __future__ import annotations

import numpy as np
import pytest
from tests.contracts import examples as given
from tests.contracts.line import Line
from tests.contracts.matrix import MATRIX

from nlpref.errors import InputError
from nlpref.types import LabelledText

FAMILIES = {line.kind: line for line in reversed(MATRIX) if line.contract.name == "TextClassifier"}
LONG = "where is my parcel, and refund the lamp please? " * 2100
ONE_WORD = "x" * 100_000
RARE = LabelledText("good morning, are you open on sundays", "hours")


def are_probabilities(table: np.ndarray, texts: int, labels: int) -> bool:
    return table.shape == (texts, labels) and bool((table >= 0).all()) and bool(np.abs(table.sum(axis=1) - 1).max() < 1e-5)


@pytest.mark.parametrize("line", FAMILIES.values(), ids=lambda line: line.kind.__name__)
def test_a_text_of_100_000_characters_is_judged(line: Line) -> None:
    assert len(LONG) > 100_000
    table = line.fitted.predict_proba([LONG, "refund", ONE_WORD])
    assert are_probabilities(table, 3, len(line.fitted.labels))
    np.testing.assert_allclose(table[1:2], line.fitted.predict_proba(["refund"]), atol=2e-5)


@pytest.mark.parametrize("with_validation", [True, False], ids=["with validation", "train alone"])
@pytest.mark.parametrize("line", FAMILIES.values(), ids=lambda line: line.kind.__name__)
def test_a_label_seen_once_is_learnt_or_refused(line: Line, with_validation: bool) -> None:
    if line.name == "distilled classifier":
        assert line.fitted.labels  # its teacher, which is trained when it is first needed
    model = line.make()
    validation = given.VALIDATION_TEXTS if with_validation else ()
    try:
        model.fit([*given.TRAIN_TEXTS, RARE], validation)
    except InputError as error:
        assert RARE.label in str(error), f"the error does not name the label: {error}"  # noqa: PT017
        return
    assert model.labels == tuple(sorted({RARE.label, *line.fitted.labels}))
    assert are_probabilities(model.predict_proba([RARE.text, "refund", ""]), 3, len(model.labels))
