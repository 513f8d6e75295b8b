"""Probabilities that are none are refused with one message, whoever takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref.classification import CascadeClassifier
from nlpref.classification.label_errors import out_of_fold, rank_suspects
from nlpref.decisions import (
    CalibratedClassifier,
    CostMatrix,
    CostSensitiveClassifier,
    FlatCosts,
    OutOfScopeClassifier,
    PriorAdjustedClassifier,
    ReviewPolicy,
    SelectiveClassifier,
)
from nlpref.decisions.review_plan import Triage
from nlpref.decisions.scope import Energy, MaximumProbability
from nlpref.errors import InputError
from nlpref.metrics.classification import classification_scores
from nlpref.probabilities import check_probabilities
from nlpref.types import LabelledText
from nlpref.weak_supervision import ModelFunction

LABELS = ("a", "b", "c")
TEXTS = ["x", "y", "z"] * 12
TRAIN = [LabelledText(text, label) for text, label in zip(TEXTS, LABELS * 12, strict=True)]
FINE = [0.5, 0.3, 0.2]
FAULTS: dict[str, Callable[[int], Any]] = {
    "sum to less": lambda n: [[0.2, 0.3, 0.1]] * n,
    "sum to more": lambda n: [[5.0, 2.0, 1.0]] * n,
    "one row of many": lambda n: [FINE] * (n - 1) + [[0.5, 0.3, 0.1]],
    "NaN": lambda n: [[float("nan"), 0.5, 0.5]] * n,
    "infinite": lambda n: [[float("inf"), float("-inf"), 1.0]] * n,
    "negative": lambda n: [[1.5, -0.5, 0.0]] * n,
    "a column too few": lambda n: [[0.5, 0.5]] * n,
    "a column too many": lambda n: [[0.25] * 4] * n,
    "one-dimensional": lambda n: [1 / 3] * 3,
    "a single number": lambda n: 1.0,
    "three-dimensional": lambda n: [[FINE]] * n,
    "text": lambda n: [["0.5", "0.3", "0.2"]] * n,
    "ragged": lambda n: [FINE] * n + [[0.5, 0.5]],
    "nothing": lambda n: None,
}
GIVEN = [pytest.param(fault, id=name) for name, fault in FAULTS.items()]
REFUSED = "rows of 3 probabilities that sum to 1, got "


class Faulty(BaseEstimator):
    """Right until it is told a fault."""

    fault: Callable[[int], Any] | None = None
    labels: ClassVar[tuple[str, ...]] = LABELS

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.fault is None:
            rows = {"x": [0.8, 0.1, 0.1], "y": [0.1, 0.8, 0.1], "z": [0.1, 0.1, 0.8]}
            return np.array([rows[text] for text in texts], dtype=np.float32).reshape(-1, 3)
        made: NDArray[np.float32] = self.fault(len(texts))
        try:
            return np.array(made, dtype=np.float32) if not isinstance(made[0][0], str) else np.array(made)
        except (TypeError, ValueError, IndexError):
            return made

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> Self:
        raise NotImplementedError


class Born(Faulty):
    """Faulty from the start, as its copies are."""

    def __init__(self, fault: Any) -> None:
        self.fault = fault


class Shown(Faulty):
    """Gives margins and features."""

    margins: NDArray[np.float64] | None = None

    def represent(self, texts: Sequence[str], *, remember: bool = False) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        made = np.log(self.predict_proba(texts).astype(np.float64)) if self.margins is None else self.margins
        return np.ones((len(texts), 2), dtype=np.float32), made


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "calibrated": lambda inside: CalibratedClassifier(inside),
    "cost-sensitive": lambda inside: CostSensitiveClassifier(inside, FlatCosts(10.0, 2.0)),
    "prior": lambda inside: PriorAdjustedClassifier(inside, power=0.5),
    "review": lambda inside: ReviewPolicy(inside, 5, 20),
    "selective": lambda inside: SelectiveClassifier(inside, risk=0.3, confidence=0.8),
    "out of scope": lambda inside: OutOfScopeClassifier(inside, [MaximumProbability()], in_scope_accuracy=0.5),
    "cascade": lambda inside: CascadeClassifier([inside, Faulty()], target_accuracy=0.5, costs_ms=[1.0, 2.0]),
}
DECIDERS = ("cost-sensitive", "review", "selective")
DESCRIBING = ("calibrated", "cost-sensitive", "prior", "review", "selective", "cascade")
LEARNING = tuple(name for name in WRAPPERS if name != "cost-sensitive")  # that one asks nothing of the classifier in fit


@pytest.mark.parametrize("fault", GIVEN)
def test_the_check_itself(fault: Callable[[int], Any]) -> None:
    with pytest.raises(InputError, match="the table must be " + REFUSED):
        check_probabilities(fault(3), 3, name="the table")


def test_what_is_fine_is_given_back_unchanged() -> None:
    rows = np.array([FINE, [1, 0, 0]], dtype=np.float32)
    assert check_probabilities(rows, 3, 2).tolist() == rows.astype(np.float64).tolist()
    assert check_probabilities(np.array([[0.5, 0.5003]]), 2).tolist() == [[0.5, 0.5003]]
    assert check_probabilities([[0, 1]], 2).dtype == np.float64
    assert check_probabilities(np.zeros((0, 3), dtype=np.float32), 3, 0).shape == (0, 3)
    many = np.full((2, 150), 1 / 150, dtype=np.float16)
    assert check_probabilities(many, 150).shape == (2, 150)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        (
            [[0.5, 0.5], [0.9, 0.9]],
            r"with sums from 1 to 1\.8; row 1 is \[0\.9 0\.9\]: give finite numbers, not negative, divided",
        ),
        ([[0.5, 0.5]], r"got shape \(1, 2\); give the shape \(2, 2\): a row for each text"),
        ([[True, False]] * 2, "give numbers only"),
        ([[1e308, 1e308]] * 2, r"row 0 is \[1\.e\+308 1\.e\+308\]"),
    ],
)
def test_the_message_says_what_was_given(table: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        check_probabilities(table, 2, 2)


@pytest.mark.parametrize("fault", GIVEN)
@pytest.mark.parametrize("name", WRAPPERS)
def test_of_a_classifier_inside(name: str, fault: Callable[[int], Any]) -> None:
    inside = Faulty()
    model = WRAPPERS[name](inside).fit(TRAIN, TRAIN)
    assert model.predict_proba(["x", "y", "z"]).shape[0] == 3
    inside.fault = fault
    calls = [lambda: model.predict_proba(["x", "y", "z"])]
    calls += [lambda: model.decide(["x", "y", "z"])] if name in DECIDERS else []
    calls += [lambda: model.describe(TRAIN)] if name in DESCRIBING else []
    calls += [lambda: model.scope_scores(["x", "y", "z"])] if name == "out of scope" else []
    calls += [lambda: model.plan(["x", "y", "z"]), lambda: model.curve(TRAIN)] if name == "review" else []
    for call in calls:
        with pytest.raises(InputError, match=r"Faulty\.predict_proba,? must be " + REFUSED):
            call()


@pytest.mark.parametrize("fault", GIVEN)
@pytest.mark.parametrize("name", LEARNING)
def test_of_a_classifier_that_a_wrapper_learns_from(name: str, fault: Callable[[int], Any]) -> None:
    inside = Faulty()
    inside.fault = fault
    with pytest.raises(InputError, match=r"Faulty\.predict_proba,? must be " + REFUSED):
        WRAPPERS[name](inside).fit(TRAIN, TRAIN)


@pytest.mark.parametrize("fault", GIVEN)
@pytest.mark.parametrize("name", DECIDERS)
def test_of_a_caller_who_wants_decisions(name: str, fault: Callable[[int], Any]) -> None:
    model = WRAPPERS[name](Faulty()).fit(TRAIN, TRAIN)
    assert len(model.decisions([FINE, FINE])) == 2
    assert model.decisions(np.zeros((0, 3))) == []
    with pytest.raises(InputError, match="probabilities must be " + REFUSED):
        model.decisions(fault(2))


@pytest.mark.parametrize("fault", GIVEN)
def test_of_a_caller_who_wants_costs(fault: Callable[[int], Any]) -> None:
    matrix = FlatCosts(1.0, 0.1).matrix(LABELS)
    for call in (matrix.expected, lambda table: Triage.of(matrix, table)):
        with pytest.raises(InputError, match="probabilities must be " + REFUSED):
            call(fault(2))
    with pytest.raises(InputError, match=r"sum to 1, got shape \(1, 2\) with sums from 0\.5 to 0\.5"):
        CostMatrix({"a": {"a": 0, "b": 1}, "b": {"a": 1, "b": 0}}).expected([[0.2, 0.3]])  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", GIVEN)
def test_of_label_errors(fault: Callable[[int], Any]) -> None:
    assert len(rank_suspects(TRAIN, [FINE] * len(TRAIN))) == len(TRAIN)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="probabilities must be " + REFUSED):
        rank_suspects(TRAIN, fault(len(TRAIN)))
    with pytest.raises(InputError, match=r"Born\.predict_proba must be " + REFUSED):
        out_of_fold(Born(fault), TRAIN, folds=2)


def test_of_label_errors_with_other_examples() -> None:
    with pytest.raises(InputError, match=r"give the shape \(36, 3\)"):
        rank_suspects(TRAIN, np.array([FINE] * 35))
    with pytest.raises(InputError, match="expected LabelledText"):
        rank_suspects(["x", "y"], np.array([FINE] * 2))  # type: ignore[list-item]


@pytest.mark.parametrize("fault", GIVEN)
def test_of_metrics_and_labelling_functions(fault: Callable[[int], Any]) -> None:
    with pytest.raises(InputError, match="probabilities"):
        classification_scores(["a", "b"], fault(2), LABELS)
    with pytest.raises(InputError, match=r"Born\.predict_proba must be " + REFUSED):
        ModelFunction("model", Born(fault)).vote(["x", "y"])


@pytest.mark.parametrize(
    ("margins", "named"),
    [
        (np.full((2, 3), np.nan), r"the softmax of Shown's margins must be rows of 3 probabilities"),
        (np.full((2, 3), np.inf), r"the softmax of Shown's margins must be rows of 3 probabilities"),
        (np.zeros((2, 2)), r"Shown\.represent must give margins of shape \(n_texts, n_labels\) = \(2, 3\), got \(2, 2\)"),
        (np.zeros((2, 0)), r"got \(2, 0\)"),
        (np.zeros((3, 3)), r"got \(3, 3\)"),
        (np.zeros(3), r"got \(3,\)"),
    ],
)
def test_of_margins(margins: NDArray[np.float64], named: str) -> None:
    inside = Shown()
    model = OutOfScopeClassifier(inside, [MaximumProbability(), Energy()], in_scope_accuracy=0.5).fit(TRAIN, TRAIN)
    assert model.predict_proba(["x", "y"]).sum(axis=1) == pytest.approx(1)
    inside.margins = margins
    with pytest.raises(InputError, match=named):
        model.predict_proba(["x", "y"])
