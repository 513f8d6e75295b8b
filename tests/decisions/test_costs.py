"""Cost matrices, and decisions by least expected cost against closed forms."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decisions.told import Told, drawn, tell

from nlpref.classification import TfidfClassifier
from nlpref.decisions import CalibratedClassifier, CostMatrix, CostSensitiveClassifier, FlatCosts
from nlpref.errors import InputError, NotFittedError
from nlpref.storage import load_component
from nlpref.types import LabelledText

TRAIN = [LabelledText("x", "ham"), LabelledText("y", "spam")]
SPAM = CostMatrix({"spam": {"spam": 0, "ham": 1}, "ham": {"spam": 20, "ham": 0}}, "EUR")
COSTS = st.floats(0, 100)


def test_expected_costs_worked_out_by_hand() -> None:
    assert SPAM.matrix(("ham", "spam")).expected(np.array([[0.1, 0.9]])) == pytest.approx(np.array([[2.0, 0.9]]))
    same = CostMatrix.from_array(["spam", "ham"], ["spam", "ham"], [[0, 1], [20, 0]], "EUR")
    assert same == SPAM
    flat = FlatCosts(5.0, 2.0, "EUR").matrix(("a", "b"))
    assert (flat.actions, flat.costs.tolist()) == (("a", "b", "person"), [[0.0, 5.0, 2.0], [5.0, 0.0, 2.0]])
    assert FlatCosts().matrix(("a", "b")).actions == ("a", "b")


@given(st.floats(0.001, 0.999), COSTS, COSTS, COSTS, COSTS)
def test_two_labels_have_a_threshold_in_closed_form(p: float, tn: float, fp: float, fn: float, tp: float) -> None:
    """Positive if p > (fp - tn) / (fp - tn + fn - tp), where being wrong costs more than being right (Elkan 2001, equation 2)."""
    fp, fn = tn + 0.1 + fp, tp + 0.1 + fn
    threshold = (fp - tn) / (fp - tn + fn - tp)
    if abs(p - threshold) < 1e-6:
        return
    costs = CostMatrix({"no": {"no": tn, "yes": fp}, "yes": {"no": fn, "yes": tp}})
    model = CostSensitiveClassifier(Told().fit([LabelledText("", "no"), LabelledText("", "yes")]), costs, fit_classifier=False)
    model.fit([LabelledText("", "no"), LabelledText("", "yes")])
    (made,) = model.decisions(np.array([[1 - p, p]]))
    assert (made.label == "yes") == (p > threshold)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6), st.floats(0.1, 50), st.floats(0, 60))
def test_flat_costs_pass_on_what_is_likelier_wrong_than_the_ratio(shares: list[float], wrong: float, person: float) -> None:
    """Chow's rule: passed on if the probability of error is above person / wrong."""
    row = np.array(shares) / sum(shares)
    labels = list("abcdef")[: len(row)]
    error = 1 - row.max()
    if abs(error * wrong - person) < 1e-6:
        return
    train = [LabelledText("", label) for label in labels]
    model = CostSensitiveClassifier(Told().fit(train), FlatCosts(wrong, person), fit_classifier=False).fit(train)
    (made,) = model.decisions(row[None])
    assert (made.action == "person") == (error * wrong > person)
    assert made.label == (None if made.action == "person" else made.action)
    if made.label:
        assert row[labels.index(made.label)] == pytest.approx(row.max())  # of equals any, their costs are sums in another order
    assert made.confidence == pytest.approx(row.max())


def test_a_decision_says_what_it_would_have_cost() -> None:
    model = CostSensitiveClassifier(Told(), SPAM).fit(TRAIN)
    lost, kept = model.decide(["0.01 0.99", "0.1 0.9"])
    assert (lost.label, lost.action, lost.confidence) == ("spam", "spam", pytest.approx(0.99))
    assert lost.reason == "'spam' is expected to cost 0.2 EUR, 'ham' 0.99 EUR"
    assert (kept.label, kept.confidence) == ("ham", pytest.approx(0.1))
    assert kept.reason == "'ham' is expected to cost 0.9 EUR, 'spam' 2 EUR"
    assert model.decide([]) == []
    only = CostSensitiveClassifier(Told(), CostMatrix({"ham": {"wait": 1}, "spam": {"wait": 2}})).fit(TRAIN)
    assert only.decide(["0.5 0.5"])[0].reason == "'wait' is expected to cost 1.5"


def test_costs_come_out_as_expected_where_probabilities_are_honest() -> None:
    probabilities, targets = drawn(20_000, 3, 0)
    examples = tell(probabilities, targets.tolist())
    model = CostSensitiveClassifier(Told(), FlatCosts(10.0, 2.0, "EUR")).fit(examples)
    found = model.describe(examples)["costs"]
    assert found["observed"] == pytest.approx(found["expected"], abs=0.05)
    assert found["observed"] < min(found["likeliest_label"], found["best_single_action"])
    assert found["best_single_action"] == 2.0  # everything to people
    right = probabilities.argmax(axis=1) == targets
    assert found["likeliest_label"] == pytest.approx(10 * (1 - right.mean()))
    assert found["without_label"] == pytest.approx((probabilities.max(axis=1) < 0.8).mean())
    stranger = [LabelledText(one.text, "unheard-of") for one in examples[:3]]
    assert "observed" not in model.describe(stranger)["costs"]
    assert model.describe([*examples, *stranger])["costs"]["observed"] == pytest.approx(found["observed"])


def test_the_classifier_inside_learns_as_it_would_alone() -> None:
    held = [LabelledText("z", "ham")]
    assert CostSensitiveClassifier(Told(), SPAM).fit(TRAIN, held).classifier.validation == held
    assert CostSensitiveClassifier(Told(), SPAM, use_validation=False).fit(TRAIN, held).classifier.validation == []
    texts = [LabelledText(f"{word} {n}", label) for n in range(10) for word, label in (("win", "spam"), ("meet", "ham"))]
    nested = CostSensitiveClassifier(CalibratedClassifier(TfidfClassifier(C=1.0)), SPAM).fit(texts, texts[:4])
    assert set(nested.describe(texts)) == {"calibration", "costs"}


def test_numbers_of_any_kind_are_costs_and_survive_saving(tmp_path: Path) -> None:
    table = {
        "spam": {"spam": np.int64(0), "ham": np.float32(0.5)},
        "ham": {"spam": Fraction(41, 2), "ham": np.float64(0)},
    }
    costs = CostMatrix(table, "EUR")
    plain = CostMatrix({"spam": {"spam": 0, "ham": 0.5}, "ham": {"spam": 20.5, "ham": 0}}, "EUR")
    assert costs == plain
    assert {type(cost) for row in costs.table.values() for cost in row.values()} <= {int, float}
    assert FlatCosts(np.float32(2), np.int64(1)) == FlatCosts(2.0, 1)
    model = CostSensitiveClassifier(Told(), costs).fit(TRAIN)
    model.save(tmp_path / "model")
    loaded = load_component(tmp_path / "model", ("nlpref", "tests"))
    assert loaded.matrix_ == model.matrix_
    table["spam"]["ham"] = np.float32(99)
    assert costs == plain, "what is made of a table stays as it was"


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (
            lambda: CostMatrix.from_array(["a", "b"], ["a", "b"], [[0, 1]]),
            r"shape \(n_labels, n_actions\) = \(2, 2\), got \(1, 2\)",
        ),
        (lambda: CostMatrix.from_array(["a", "b"], ["a", "b"], [0, 1, 1, 0]), r"got \(4,\)"),
        (lambda: CostMatrix.from_array(["a", "a"], ["a", "b"], [[0, 1], [1, 0]]), "must be distinct"),
        (lambda: CostMatrix({"a": {"a": 0, "b": 1}, "b": {"a": 1}}), r"same actions as 'a'; 'b' differs in \['b'\]"),
        (lambda: CostMatrix({"a": {"a": -1.0}}), "the cost of 'a' for a text of 'a' is -1.0; costs are 0 or more"),
        (lambda: CostMatrix({"a": {"a": float("nan")}}), "must be a finite number, got nan"),
        (lambda: CostMatrix({"a": {"a": "1"}}), "must be a finite number, got '1'"),  # type: ignore[dict-item]
        (lambda: CostMatrix({"a": {"a": True}}), "must be a finite number, got True"),
        (lambda: CostMatrix({"a": {"a": np.True_}}), "must be a finite number, got np.True_"),
        (lambda: CostMatrix({"a": {"a": np.float32("nan")}}), "must be a finite number, got np.float32"),
        (lambda: CostMatrix({"a": {"a": 10**400}}), "must be a finite number, got 1000"),
        (lambda: CostMatrix({"a": {"a": np.int64(-1)}}), "the cost of 'a' for a text of 'a' is .*-1.*; costs are 0 or more"),
        (
            lambda: CostMatrix.from_array(["a", "b"], ["a", "b"], [[0, 1], [1]]),
            r"costs must be a table of 2 labels by 2 actions, got \[\[0, 1\], \[1\]\]; give numbers only, with as many in each",
        ),
        (lambda: CostMatrix.from_array(["a", "b"], ["a", "b"], [[0, "much"], [1, 0]]), "got .*'much'.*; give numbers only"),
        (lambda: CostMatrix.from_array(["a", "b"], ["a", "b"], [[0, "1"], [1, 0]]), "give numbers only"),
        (lambda: CostMatrix.from_array(["a", "b"], ["a", "b"], [[0, None], [1, 0]]), "give numbers only"),
        (lambda: CostMatrix.from_array(["a"], ["a"], [[float("inf")]]), "must be a finite number, got inf"),
        (lambda: CostMatrix.from_array(["a"], ["a"], None), "costs must be a table of 1 labels by 1 actions, got None"),
        (lambda: CostMatrix({}), "at least one label"),
        (lambda: CostMatrix([[0, 1], [1, 0]]), "must be a table"),  # type: ignore[arg-type]
        (lambda: CostMatrix({"a": {}}), "must be a table"),
        (lambda: FlatCosts(wrong=-1.0), "the cost of a wrong answer is -1.0"),
        (lambda: FlatCosts(person=float("inf")), "a person must be a finite number, got inf"),
        (lambda: FlatCosts(1.0, 1.0).matrix(("person", "robot")), "a label is named 'person'"),
    ],
)
def test_costs_that_are_none_are_refused(make: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        make()


@pytest.mark.parametrize(
    ("costs", "named"),
    [
        (CostMatrix({"ham": {"ham": 0, "spam": 1}}), r"lacks \['spam'\], which the classifier knows; add a row"),
        (CostMatrix.from_array(["ham", "spam", "eggs"], ["ham"], [[0], [1], [1]]), r"rows for \['eggs'\]"),
        ([[0, 1], [1, 0]], "costs must be FlatCosts or a CostMatrix, got"),
        (None, "costs must be FlatCosts or a CostMatrix, got None"),
    ],
)
def test_costs_of_other_labels_are_refused_before_anything_is_trained(costs: Any, named: str) -> None:
    model = CostSensitiveClassifier(Told(), costs)
    with pytest.raises(InputError, match=named):
        model.fit(TRAIN)
    assert not hasattr(model.classifier, "labels_")
    with pytest.raises(NotFittedError):
        model.decide(["1 0"])
