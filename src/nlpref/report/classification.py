"""A classifier's run from inside: confusions, labels, confidence, and its surest mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.familiarity import surest_mistakes
from nlpref.report import words
from nlpref.report.confusion import HeatMap, confused_pairs, heat_map
from nlpref.report.decisions import decision_notes, review_plot
from nlpref.report.neighbours import Neighbour, known_rows, neighbours_of
from nlpref.report.plots import Plot
from nlpref.report.reliability import reliability_plot
from nlpref.report.runs import SavedRun
from nlpref.report.slices import slices_of, slices_table
from nlpref.report.tables import Table, scores_table

__all__ = ["ClassificationView", "TextMistake", "classification_view"]

_SHOWN = 15
_LONGEST = 700
"""Characters of a text that are shown."""


@dataclass(frozen=True)
class TextMistake:
    """A text, its gold label, the wrong one with its probability, and the training texts nearest to it, if they are known."""

    id: str
    text: str
    gold: str
    predicted: str
    probability: str
    gold_probability: str
    neighbours: Sequence[Neighbour] = ()


@dataclass(frozen=True)
class ClassificationView:
    """What the page shows of one classifier."""

    heat: HeatMap
    pairs: Table
    slices: Table
    labels: Table
    confidence: str
    reliability: Plot | None
    decisions: Sequence[str]
    review: Plot | None
    mistakes: Sequence[TextMistake]
    wrong: int


def classification_view(run: SavedRun, rows: Sequence[Mapping[str, Any]], name: str = "classifier") -> ClassificationView:
    """Build the view from a run's record and the rows of its ``predictions.jsonl``; ``name`` is unique on the page."""
    details = run.result.details
    before = details["calibration"]["before"]["bins"] if "calibration" in details else ()
    matrix = details["confusion_matrix"]
    known = known_rows(run.folder, rows)
    told = {id(row): one for row, one in zip(rows, known, strict=False)}
    labels = scores_table("Labels, lowest F1 first", "Label", details["per_label"])
    return ClassificationView(
        heat=heat_map(matrix),
        pairs=confused_pairs(matrix),
        labels=labels,
        confidence=_confidence(run, rows),
        reliability=reliability_plot(f"{name}-reliability", rows, before),
        decisions=decision_notes(details),
        review=review_plot(f"{name}-review", details),
        slices=slices_table(slices_of(rows, known), any(row.get("facts") for row in rows)),
        mistakes=[_mistake(row, told.get(id(row), {})) for row in surest_mistakes(rows, _SHOWN)],
        wrong=sum(row["gold"] != row["predicted"] for row in rows),
    )


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A text cut after so many characters, with a sign that it goes on."""
    return text if len(text) <= longest else text[:longest].rstrip() + " …"


def _mistake(row: Mapping[str, Any], known: Mapping[str, Any]) -> TextMistake:
    chances = row.get("probabilities", {})
    gold = chances.get(row["gold"])
    return TextMistake(
        id=str(row["id"]),
        text=shortened(str(row["text"])),
        gold=str(row["gold"]),
        predicted=str(row["predicted"]),
        probability=words.percent(float(row["probability"])),
        gold_probability=words.percent(float(gold)) if gold is not None else f"not in its top {len(chances)}",
        neighbours=neighbours_of(known, str(row["predicted"])),
    )


def _confidence(run: SavedRun, rows: Sequence[Mapping[str, Any]]) -> str:
    """What its probabilities are worth, in words."""
    if not rows:
        return ""
    claimed = sum(float(row["probability"]) for row in rows) / len(rows)
    right = sum(row["gold"] == row["predicted"] for row in rows) / len(rows)
    gap = claimed - right
    judged = "well calibrated on average" if abs(gap) < 0.02 else "overconfident" if gap > 0 else "underconfident"
    text = f"Its probabilities promise {words.percent(claimed)} right answers on average; {words.percent(right)} are right: "
    text += f"{judged}."
    error = run.result.metrics.get("ece")
    if error is None:
        return text
    return (
        f"{text} Expected calibration error {words.decimal(error.value)} (95 % interval {words.interval(error.low, error.high)})."
    )
