"""Stages of a cascade and verdicts of the gate, as the page shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nlpref.report import build_report
from nlpref.report.made_of import functions_table, gate_table, stages_table
from nlpref.report.tables import Table

STAGES = [
    {"stage": 1, "model": "StaticClassifier", "threshold": 0.728, "reached": 1.0, "answered": 0.87, "error": 0.05, "ms": 0.1},
    {"stage": 2, "model": "TransformerClassifier", "reached": 0.13, "answered": 0.13, "ms": 12.34},
]
VERDICT = {
    "level": "task", "n": 300, "least_cosine": 0.99, "mean_cosine": 0.9964, "same_answers": 0.99, "metric": "accuracy",
    "reference": 0.94, "accelerated": 0.938, "difference": -0.002, "low": -0.006, "high": 0.002, "p_value": 0.5,
}  # fmt: skip
ACCELERATION = {
    "backend": "onnx-fp32", "target": "task", "gate_split": "validation", "gate_n": 300,
    "tried": [
        {"backend": "torch", "gate": [VERDICT], "one_ms": 10.0},
        {"backend": "onnx-fp32", "gate": [VERDICT, VERDICT], "one_ms": 3.0},
        {"backend": "onnx-int8", "gate": [VERDICT], "refused": "mean cosine 0.9, at least 0.99 is needed"},
        {"backend": "openvino-fp32", "gate": [], "refused": "cannot be exported"},
    ],
}  # fmt: skip


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_stages_by_hand() -> None:
    assert texts(stages_table(STAGES)) == [
        ["1. StaticClassifier", "72.8 %", "100.0 %", "87.0 %", "5.0 %", "0.100"],
        ["2. TransformerClassifier", "the rest", "13.0 %", "13.0 %", "not measured", "12.3"],
    ]


def test_verdicts_by_hand() -> None:
    table = gate_table(ACCELERATION)
    assert "300 examples of validation" in table.caption
    rows = texts(table)
    assert [row[:2] for row in rows] == [
        ["torch", "passed"],
        ["onnx-fp32, part 1", "in use"],
        ["onnx-fp32, part 2", "in use"],
        ["onnx-int8", "refused"],
        ["openvino-fp32", "refused"],
    ]
    assert rows[1][2:] == ["0.99000", "0.99640", "99.0 %", "0.940 → 0.938", "3.00"]
    assert rows[4][2:] == ["not measured"] * 5
    assert table.rows[3][0].note == "mean cosine 0.9, at least 0.99 is needed"


def test_the_page_shows_them_and_survives_others(save_run: Callable[..., Path], tmp_path: Path) -> None:
    save_run("a", model="quick", details={"stages": STAGES, "acceleration": ACCELERATION})
    save_run("b", model="odd", details={"stages": [{"stage": 1}], "acceleration": {}})
    page = build_report(tmp_path / "runs", tmp_path / "reports").read_text("utf-8")
    assert "Stages of the cascade" in page
    assert "mean cosine 0.9, at least 0.99 is needed" in page
    assert "stages or engines do not have the expected form" in page


def test_labelling_functions_by_hand() -> None:
    link = {"name": "link", "polarity": ["spam"], "coverage": 0.25, "overlaps": 0.1, "conflicts": 0.05, "accuracy": 0.9}
    idle = {"name": "idle", "polarity": [], "coverage": 0.0, "overlaps": 0.0, "conflicts": 0.0, "accuracy": None}
    table = functions_table([{**link, "believed": 0.95, "warning": ""}, {**idle, "warning": "abstains on every text"}])
    assert texts(table) == [
        ["link", "spam", "25.0 %", "10.0 %", "5.0 %", "90.0 %", "95.0 %"],
        ["idle", "none", "0.0 %", "0.0 %", "0.0 %", "not measured", "not measured"],
    ]
    assert table.rows[1][0].note == "abstains on every text"
