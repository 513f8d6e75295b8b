"""What a model was made of: stages of a cascade, labelling functions, engines that were held against the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlpref.report import titles, words
from nlpref.report.runs import SavedRun
from nlpref.report.tables import Cell, Table

__all__ = ["functions_table", "gate_table", "stages_table", "tables_of"]


def tables_of(run: SavedRun) -> list[Table]:
    """The tables that a run's record has something for."""
    details = run.result.details
    found = []
    if details.get("stages"):
        found.append(stages_table(details["stages"]))
    if details.get("labelling_functions"):
        found.append(functions_table(details["labelling_functions"]))
    if "acceleration" in details:
        found.append(gate_table(details["acceleration"]))
    return found


def stages_table(stages: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each stage of a cascade: who gets there, who is answered there, and how often that is wrong."""
    rows = [
        [
            Cell(f"{stage['stage']}. {stage['model']}", "", "head"),
            _share(stage["threshold"]) if "threshold" in stage else Cell("the rest", "", "text"),
            _share(stage["reached"]),
            _share(stage["answered"]),
            _share(stage.get("error")),
            Cell(words.significant(float(stage["ms"]))),
        ]
        for stage in stages
    ]
    columns = ["Stage", "Answers from a lead of", "Reached by", "Answered here", "Wrong of those", "ms per text"]
    return Table("Stages of the cascade: a text goes on while the second best label is too near the best", columns, rows)


def functions_table(functions: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each labelling function: how often it votes, meets others, contradicts them, and is right."""
    rows = [
        [
            Cell(function["name"], function.get("warning", ""), "head"),
            Cell(", ".join(function["polarity"]) or "none", "", "text"),
            _share(function["coverage"]),
            _share(function["overlaps"]),
            _share(function["conflicts"]),
            _share(function.get("accuracy")),
            _share(function.get("believed")),
        ]
        for function in functions
    ]
    columns = ["Labelling function", "Votes for", "Coverage", "Overlaps", "Conflicts", "Right votes", "Believed in training"]
    return Table("Labelling functions, on the texts that were scored; they take no part in predicting", columns, rows)


def gate_table(acceleration: Mapping[str, Any]) -> Table:
    """A row for each engine and neural part: how near its outputs are, and what became of the score."""
    rows = []
    for trial in acceleration["tried"]:
        for number, verdict in enumerate(trial["gate"] or [{}]):
            name = trial["backend"] if len(trial["gate"]) < 2 else f"{trial['backend']}, part {number + 1}"
            rows.append(
                [
                    Cell(name, trial.get("refused", ""), "head"),
                    Cell("refused" if trial.get("refused") else "in use" if _used(trial, acceleration) else "passed", "", "text"),
                    _number(verdict.get("least_cosine"), 5),
                    _number(verdict.get("mean_cosine"), 5),
                    _share(verdict.get("same_answers")),
                    _change(verdict),
                    Cell(words.significant(trial.get("one_ms"))),
                ]
            )
    metric = next((v["metric"] for t in acceleration["tried"] for v in t["gate"] if "metric" in v), "")
    columns = [
        "Engine",
        "Gate",
        "Least cosine",
        "Mean cosine",
        "Same answer",
        titles.metric(metric) if metric else "Score",
        "ms per input",
    ]
    n, split = acceleration["gate_n"], acceleration["gate_split"]
    return Table(f"The engine against torch, on {words.count(n, 'example')} of {split}", columns, rows)


def _used(trial: Mapping[str, Any], acceleration: Mapping[str, Any]) -> bool:
    return bool(trial["backend"] == acceleration["backend"])


def _share(value: float | None) -> Cell:
    return Cell(words.MISSING, "", "missing") if value is None else Cell(f"{100 * float(value):.1f} %")


def _number(value: float | None, digits: int) -> Cell:
    return Cell(words.MISSING, "", "missing") if value is None else Cell(words.decimal(float(value), digits))


def _change(verdict: Mapping[str, Any]) -> Cell:
    if "difference" not in verdict:
        return Cell(words.MISSING, "", "missing")
    before, after = (words.decimal(float(verdict[side])) for side in ("reference", "accelerated"))
    return Cell(f"{before} → {after}", f"change {words.interval(float(verdict['low']), float(verdict['high']))}")
