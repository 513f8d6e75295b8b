"""What the page says and draws of decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.decisions.told import Told, drawn, tell

from nlpref.data import InMemoryDataset
from nlpref.data.supportdesk import supportdesk
from nlpref.decisions import (
    CalibratedClassifier,
    CostSensitiveClassifier,
    FlatCosts,
    PriorAdjustedClassifier,
    ReviewPolicy,
    SelectiveClassifier,
)
from nlpref.decisions.spans import CalibratedTagger, SelectiveTagger
from nlpref.experiment import Run, fit_and_evaluate
from nlpref.report.decisions import decision_notes, review_plot
from nlpref.report.page import build_report
from nlpref.report.reliability import reliability_plot
from nlpref.tagging import CrfTagger
from nlpref.tasks import task_named
from nlpref.tracking import NullTracker
from nlpref.types import LabelledText


def split(name: str, seed: int) -> list[LabelledText]:
    return [LabelledText(one.text, one.label, f"{name}{one.id}") for one in tell(*drawn(200, 3, seed, sharpness=2.0))]


MODELS: dict[str, Any] = {
    "calibration": CalibratedClassifier(Told()),
    "prior": PriorAdjustedClassifier(Told(), power=0.5),
    "selection": SelectiveClassifier(Told(), risk=0.3),
    "costs": CostSensitiveClassifier(Told(), FlatCosts(10.0, 2.0, "EUR")),
    "review": ReviewPolicy(Told(), capacity=10, daily=100),
}
SAID = {
    "calibration": "Calibration by temperature on 200 held-out texts: expected calibration error",
    "prior": "to the power 0.5, chosen on 200 held-out texts: macro F1 0.",
    "selection": "promised with confidence 95 %: at most 30 %",
    "costs": "with the likeliest label for every text it would cost",
    "review": "People take 1",
}


def test_a_page_of_runs_that_decide(tmp_path: Path) -> None:
    data = InMemoryDataset("told", {name: split(name, seed) for seed, name in enumerate(("train", "validation", "test"))})
    for name, model in MODELS.items():
        run = Run(name, tmp_path / "runs" / name, config_hash=name, config_text="# x\n")
        result = fit_and_evaluate(run, task_named("classification"), data, model, NullTracker())
        assert result is not None
        assert result.details["rare_labels"]["labels"] == 1  # of three, which are not equally frequent in train
        (note,) = decision_notes(result.details)
        assert SAID[name] in note
        assert (review_plot("x", result.details) is not None) == (name == "review")
    page = build_report(tmp_path / "runs", tmp_path / "out").read_text("utf-8")
    assert all(said in page for said in SAID.values())
    assert page.count('aria-label="Reliability.') == 2 * len(MODELS)
    assert page.count(">before calibration<") == 2
    assert "share of texts that people take" in page
    assert "expected form" not in page


TAGGERS: dict[str, Any] = {
    "span_calibration": CalibratedTagger(CrfTagger(max_iterations=20)),
    "span_selection": SelectiveTagger(CrfTagger(max_iterations=20), precision=0.9),
}
SAID_OF_SPANS = {
    "span_calibration": "Calibration by logistic, which reads the score",
    "span_selection": "promised with confidence 95 %: at least 90 %",
}


def test_a_page_of_taggers_that_decide(tmp_path: Path) -> None:
    whole = supportdesk("ner")
    data = InMemoryDataset("told", {name: whole.split(name)[:150] for name in ("train", "validation", "test")})
    for name, model in TAGGERS.items():
        run = Run(name, tmp_path / "runs" / name, config_hash=name, config_text="# x\n")
        result = fit_and_evaluate(run, task_named("ner"), data, model, NullTracker())
        assert result is not None
        (note,) = decision_notes(result.details)
        assert SAID_OF_SPANS[name] in note
        if name == "span_selection":
            kept = result.details["span_selection"]["coverage"]
            assert 0 < kept < 1
            assert f"It keeps {kept:.0%}".replace("%", " %") in note
    page = build_report(tmp_path / "runs", tmp_path / "out").read_text("utf-8")
    assert all(said in page for said in SAID_OF_SPANS.values())
    assert ">before calibration<" in page
    assert "What it does not keep is for people to decide." in page


def test_a_promise_that_keeps_nothing() -> None:
    found = {"confidence": 0.95, "promised": 0.9, "coverage": 0.0}
    [note] = decision_notes({"span_selection": found})
    assert note.startswith("It keeps 0 % of the entities it finds (promised with confidence 95 %: at least 90 %).")


def test_reliability_is_described_bin_by_bin() -> None:
    rows = [{"gold": "a", "predicted": "a", "probability": 0.9}, {"gold": "b", "predicted": "a", "probability": 0.9}]
    plot = reliability_plot("r", rows)
    assert plot is not None
    assert "90 % sure: 50 % of 2 right" in plot.wide
    assert reliability_plot("r", []) is None


def test_a_selection_that_answers_nothing_and_costs_that_nobody_observed() -> None:
    selection = {"confidence": 0.9, "risk": 0.05, "share_answered": 0.0, "wrong_if_all_were_answered": 0.25}
    costs = {"currency": "", "expected": 2.5, "without_label": 1.0}
    found = decision_notes({"selection": selection, "costs": costs})
    assert found[0].startswith("It answers 0 % of the texts (promised")
    assert found[1] == "A text is expected to cost 2.50. 100 % of the texts are given no label."


@pytest.mark.parametrize("details", [{}, {"stages": []}])
def test_other_records_say_nothing_of_decisions(details: dict[str, Any]) -> None:
    assert decision_notes(details) == []
    assert review_plot("x", details) is None
