"""A review policy worked out by hand, and what it expects against what is observed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.decisions.told import Told, drawn, tell

from nlpref.decisions import CostMatrix, FlatCosts, ReviewPolicy
from nlpref.errors import InputError, NotFittedError
from nlpref.storage import load_component
from nlpref.types import LabelledText

TRAIN = [LabelledText("x", "ham"), LabelledText("y", "spam")]
DAY = ["0.9 0.1", "0.6 0.4", "0.2 0.8", "0.45 0.55"]
HELD = [LabelledText(text, "ham") for text in DAY]
COSTS = CostMatrix({"ham": {"ham": 0, "spam": 10, "person": 1}, "spam": {"ham": 4, "spam": 0, "person": 1}}, "EUR")


def policy(**settings: Any) -> ReviewPolicy:
    return ReviewPolicy(Told(), **{"capacity": 1, "daily": 4, **settings}).fit(TRAIN, HELD)


def test_those_likeliest_wrong_go_to_people() -> None:
    """Errors are 0.1, 0.4, 0.2 and 0.45, so the last one goes first; 0.7 errors are left."""
    plan = policy().plan(DAY)
    assert plan.people == (3,)
    assert [one.action for one in plan.decisions] == ["ham", "ham", "spam", "person"]
    assert plan.expected_errors == pytest.approx(0.7)
    assert plan.expected_cost == pytest.approx(0.7)
    assert policy(capacity=3).plan(DAY).people == (3, 1, 2)
    assert policy(capacity=0).plan(DAY).people == ()
    assert policy(capacity=9).plan(DAY).expected_errors == 0.0
    assert policy().plan([]).decisions == ()


def test_those_with_the_most_to_save_go_to_people() -> None:
    """Costs of ham 0.4, 1.6, 3.2 and 2.2, of spam 9, 6, 2 and 4.5; people save -0.6, 0.6, 1 and 1.2."""
    made = policy(costs=COSTS, capacity=2)
    plan = made.plan(DAY)
    assert plan.people == (3, 2)
    assert plan.expected_cost == pytest.approx(0.4 + 1.6 + 1 + 1)
    assert plan.expected_errors == pytest.approx(0.1 + 0.4)
    assert policy(costs=COSTS, capacity=4).plan(DAY).people == (3, 2, 1)  # on the first one people save nothing
    assert made.threshold_ == pytest.approx((1.0 + 0.6) / 2)
    decided = made.decide(DAY)
    assert [one.action for one in decided] == ["ham", "ham", "person", "person"]
    assert decided[0].reason == "a person is expected to save -0.6 EUR, not among the most"
    assert decided[3].reason == "a person is expected to save 1.2 EUR, among the most"
    assert (decided[3].label, decided[3].confidence) == (None, pytest.approx(0.55))


def test_thresholds_split_the_held_out_texts_by_capacity() -> None:
    assert [sum(one.action == "person" for one in policy(capacity=n).decide(DAY)) for n in range(6)] == [0, 1, 2, 3, 4, 4]
    assert policy(capacity=4, costs=FlatCosts(1.0, 0.3)).threshold_ == 0.0  # people are not asked where they cost more


def test_error_falls_with_capacity_and_is_the_expected_one_where_probabilities_are_honest(tmp_path: Path) -> None:
    probabilities, targets = drawn(5000, 3, 3)
    held, new = tell(*drawn(5000, 3, 4)), tell(probabilities, targets)
    made = ReviewPolicy(Told(), capacity=200, daily=1000).fit(held[:100], held)
    curve = made.curve(new, points=11)
    assert [point["reviewed"] for point in curve] == pytest.approx(np.linspace(0, 1, 11))
    wrong = probabilities.argmax(axis=1) != targets
    assert curve[0]["observed_error"] == pytest.approx(wrong.mean())
    assert (curve[-1]["observed_error"], curve[-1]["expected_error"]) == (0.0, 0.0)
    sure = np.sort(probabilities.max(axis=1))
    for point in curve:
        left = sure[round(point["reviewed"] * 5000) :]
        assert point["expected_error"] == pytest.approx((1 - left).sum() / 5000, abs=1e-4)
        noise = np.sqrt((left * (1 - left)).sum()) / 5000
        assert abs(point["observed_error"] - point["expected_error"]) <= 4 * noise + 1e-3
    found = made.describe(new)["review"]
    assert found["share_reviewed"] == pytest.approx(0.2, abs=0.03)
    assert found["observed_error"] == pytest.approx(found["expected_error"], abs=0.02)
    assert found["observed_error"] < 0.7 * found["error_without_review"]
    assert len(found["curve"]) == 21
    made.save(tmp_path / "policy")
    loaded = load_component(tmp_path / "policy", ("nlpref", "tests"))
    texts = [one.text for one in new[:50]]
    assert (loaded.plan(texts), loaded.decide(texts)) == (made.plan(texts), made.decide(texts))
    with pytest.raises(InputError, match="at least 2 points, got 1"):
        made.curve(new, points=1)


def test_an_action_that_gives_no_label_is_no_error() -> None:
    """To ask back costs 2 whatever the label; it is better than an answer unless that is nearly sure."""
    rows = {label: {**row, "ask back": 2.0} for label, row in COSTS.table.items()}
    made = policy(costs=CostMatrix(rows, "EUR"), capacity=0)
    plan = made.plan(DAY)
    assert [one.action for one in plan.decisions] == ["ham", "ham", "spam", "ask back"]
    assert plan.expected_errors == pytest.approx(0.1 + 0.4 + 0.2)
    found = made.describe([LabelledText(text, "unheard-of") for text in DAY])["review"]
    assert found["observed_error"] == 0.75  # a label that it does not know cannot be given


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"capacity": -1}, "capacity must be a whole number of at least 0, got -1"),
        ({"capacity": 1.5}, "got 1.5"),
        ({"daily": 0}, "daily must be a whole number of at least 1, got 0"),
        ({"costs": 3}, "costs must be FlatCosts or a CostMatrix, got 3"),
        ({"costs": FlatCosts(1.0)}, "a review needs costs of 'person' and of another action"),
        ({"costs": CostMatrix({"ham": {"person": 1}, "spam": {"person": 1}})}, r"there are \['person'\]"),
        ({"costs": CostMatrix({"ham": {"person": 1, "ham": 0}})}, r"lacks \['spam'\]"),
    ],
)
def test_settings_that_do_not_fit_are_named_before_anything_is_trained(settings: dict[str, Any], named: str) -> None:
    model = ReviewPolicy(Told(), **{"capacity": 1, "daily": 4, **settings})
    with pytest.raises(InputError, match=named):
        model.fit(TRAIN, HELD)
    assert not hasattr(model.classifier, "labels_")
    with pytest.raises(NotFittedError):
        model.plan(DAY)
