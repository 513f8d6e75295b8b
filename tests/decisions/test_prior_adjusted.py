"""Moved thresholds: against Bayes' rule, and where they cannot be moved."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import f1_score
from tests.decisions.told import Told, drawn, tell

from nlpref.classification import TfidfClassifier
from nlpref.decisions import CalibratedClassifier, PriorAdjustedClassifier
from nlpref.decisions.prior import PriorAdjustment, f1_of_gold_labels
from nlpref.errors import InputError, NotFittedError
from nlpref.storage import load_component
from nlpref.types import LabelledText

SHARES = np.array([0.7, 0.2, 0.1])
TRAIN = [LabelledText("1 0 0", label) for label, count in zip("abc", (70, 20, 10), strict=True) for _ in range(count)]


def skewed(n: int, seed: int) -> list[LabelledText]:
    """Labels are equally frequent, and what is told is what a classifier of a world of ``SHARES`` would say, by Bayes' rule."""
    honest, targets = drawn(n, 3, seed)
    told = honest * SHARES
    return tell(told / told.sum(axis=1, keepdims=True), targets.tolist())


def test_the_rule_of_bayes_is_undone() -> None:
    honest, _ = drawn(50, 3, 0)
    told = honest * SHARES / (honest * SHARES).sum(axis=1, keepdims=True)
    assert PriorAdjustment(SHARES, 1.0, {})(told) == pytest.approx(honest, abs=1e-9)
    assert PriorAdjustment(SHARES, 0.0, {})(told) == pytest.approx(told, abs=1e-9)
    half = PriorAdjustment(np.array([0.8, 0.2]), 0.5, {})(np.array([[0.5, 0.5]]))
    assert half == pytest.approx(np.array([[1 / 3, 2 / 3]]))  # 0.2 ** -0.5 is twice 0.8 ** -0.5


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_f1_is_scikit_learns_over_gold_labels(pairs: list[tuple[int, int]]) -> None:
    predicted, targets = np.array(pairs).T
    expected = f1_score(targets, predicted, labels=np.unique(targets), average="macro", zero_division=0)
    assert f1_of_gold_labels(predicted, targets) == pytest.approx(expected)


def test_the_power_is_chosen_on_what_was_held_out_and_recorded(tmp_path: Path) -> None:
    held, new = skewed(800, 1), skewed(800, 2)
    model = PriorAdjustedClassifier(Told()).fit(TRAIN, held)
    assert (model.classifier.learnt, model.held_) == (TRAIN, 800)
    assert model.adjustment_.prior == pytest.approx(SHARES)
    assert 0.5 <= model.adjustment_.power <= 1.5
    assert model.adjustment_.tried[model.adjustment_.power] == max(model.adjustment_.tried.values())
    found = model.describe(new)["prior"]
    assert found["after"] > found["before"] + 0.05
    assert PriorAdjustedClassifier(Told(), power=0.25).fit(TRAIN, held).adjustment_.power == 0.25
    model.save(tmp_path / "model")
    loaded = load_component(tmp_path / "model", ("nlpref", "tests"))
    texts = [one.text for one in new]
    assert (loaded.predict_proba(texts) == model.predict_proba(texts)).all()
    assert loaded.describe(new) == model.describe(new)
    assert model.predict_proba([]).shape == (0, 3)


def test_of_equal_powers_the_smallest() -> None:
    held = tell(np.eye(3), [0, 1, 2])  # so sure that nothing moves them
    assert PriorAdjustedClassifier(Told(), grid=[1.0, 0.5, 0.25]).fit(TRAIN, held).adjustment_.power == 0.25


def test_it_calibrates_and_is_calibrated() -> None:
    model = CalibratedClassifier(PriorAdjustedClassifier(Told(), power=1.0)).fit(skewed(400, 3), skewed(400, 4))
    assert model.classifier.held_ == 80
    assert {"prior", "calibration"} <= set(model.describe(skewed(50, 5)))


def test_a_fitted_classifier_is_taken_as_it_is() -> None:
    inside, held = Told().fit(TRAIN), skewed(100, 6)
    model = PriorAdjustedClassifier(inside, fit_classifier=False).fit(TRAIN[::2], held)
    assert inside.learnt == TRAIN
    assert clone(model).fit(TRAIN[::2], held).adjustment_.power == model.adjustment_.power
    few = [one for one in TRAIN if one.label != "b"]
    with pytest.raises(InputError, match=r"knows labels that train lacks, so their share is not known: \['b'\]"):
        model.fit(few, [one for one in held if one.label != "b"])
    with pytest.raises(NotFittedError):  # what was learnt before is not left behind
        model.predict_proba(["1 0 0"])


def test_a_label_seen_once_and_one_that_validation_lacks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="nlpref")
    train = [*(LabelledText(f"card {n}", "card") for n in range(20)), LabelledText("a lost pin", "once")]
    validation = [LabelledText(f"card {n}", "card") for n in range(20, 30)]
    for held in (validation, []):
        model = PriorAdjustedClassifier(TfidfClassifier(C=1.0, calibrate=False)).fit(train, held)
        assert "held-out examples has the label once" in caplog.text
        assert model.adjustment_.power == 0.0  # nothing speaks for moving
        assert model.predict_proba(["pin"]).sum() == pytest.approx(1, abs=1e-6)
        caplog.clear()


@pytest.mark.parametrize("settings", [{"power": -1.0}, {"grid": []}, {"grid": [1.0, "2"]}, {"power": float("nan")}])
def test_powers_that_do_not_fit(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="power and the values of its grid must be numbers of 0 or more"):
        PriorAdjustedClassifier(Told(), **settings).fit(TRAIN, skewed(9, 0))
