"""The README's commands for a user's own entities and own documents, over small files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlpref import bench, predict, train
from nlpref.results import EvalResult, LatencyResult

QUIET = ["tracker=none", "progress=false", "hydra.run.dir=run"]
CITIES = ["Rome", "Oslo", "Lima", "Cairo", "Paris", "Quito", "Delhi", "Seoul", "Tunis", "Lagos"]

STEP = """
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class NoNumbers:
    def __call__(self, text: str) -> str:
        return re.sub("[0-9]+", "", text)
"""


def _conll(cities: list[str]) -> str:
    return "".join(f"she\tO\nlives\tO\nin\tO\n{city}\tB-CITY\n\nno\tO\ncity\tO\nhere\tO\n\n" for city in cities)


def _call(monkeypatch: pytest.MonkeyPatch, module: object, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref", *arguments])
    module.main()  # type: ignore[attr-defined]


def test_own_conll(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.conll").write_text(_conll(CITIES), "utf-8")
    (tmp_path / "test.conll").write_text(_conll(["Turin", "Bergen"]).replace("no", "never"), "utf-8")
    own = ["task=ner", "dataset=conll", "dataset.train=train.conll", "dataset.test=test.conll"]
    _call(monkeypatch, train, *own, *QUIET)
    result = EvalResult.load(tmp_path / "run" / "result.json")
    assert (result.task, result.n) == ("ner", 4)
    assert result.metrics["f1_micro"].value == 1.0
    capsys.readouterr()
    _call(monkeypatch, predict, "run=run", "text=She lives in Bergen")
    assert json.loads(capsys.readouterr().out)["entities"] == [
        {"start": 13, "end": 19, "label": "CITY", "score": pytest.approx(1.0, abs=0.5), "text": "Bergen"}
    ]


def test_own_step_of_preparation(tmp_path: Path) -> None:
    """In processes of their own, as a user does: the class is found, and loaded only where it is trusted."""
    (tmp_path / "my_steps.py").write_text(STEP, "utf-8")
    rows = "".join(f"lost card no. {number},card\nsend money {number},transfer\n" for number in range(20))
    (tmp_path / "train.csv").write_text("text,label\n" + rows, "utf-8")
    steps = ["preparation@classifier.preparation=plain", "classifier.preparation.steps=[{_target_: my_steps.NoNumbers}]"]
    own = ["nlpref.train", "dataset=csv", "dataset.train=train.csv", "classifier=logistic", "classifier.C=1.0", *steps, *QUIET]
    assert _program(tmp_path, *own).returncode == 0
    asked = ["nlpref.predict", "run=run", "text=the lost card 7"]
    refused = _program(tmp_path, *asked)
    assert refused.returncode != 0
    assert "set NLPREF_TRUST=my_steps in the environment" in refused.stderr
    answered = _program(tmp_path, *asked, trust="my_steps")
    assert json.loads(answered.stdout)["label"] == "card", answered.stderr


def _program(folder: Path, module: str, *arguments: str, trust: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "NLPREF_TRUST": trust}, capture_output=True, text=True, check=False, timeout=300
    )


def test_own_documents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "folder"
    (folder / "qrels").mkdir(parents=True)
    documents = {"d1": "How to return a parcel", "d2": "Resetting the thermostat", "d3": "Paying by card"}
    questions = {"q1": "return parcel", "q2": "thermostat reset", "q3": "card payment", "q4": "send it back", "q5": "pay"}
    answers = {"q1": "d1", "q2": "d2", "q3": "d3", "q4": "d1", "q5": "d3"}
    for name, records in (("corpus", documents), ("queries", questions)):
        lines = "".join(json.dumps({"_id": id, "text": text}) + "\n" for id, text in records.items())
        (folder / f"{name}.jsonl").write_text(lines, "utf-8")
    for split, names in (("train", ["q1", "q2", "q3"]), ("test", ["q4", "q5"])):
        rows = "".join(f"{name}\t{answers[name]}\t1\n" for name in names)
        (folder / "qrels" / f"{split}.tsv").write_text("query-id\tcorpus-id\tscore\n" + rows, "utf-8")
    _call(monkeypatch, train, "task=retrieval", "dataset=beir", "dataset.path=folder", *QUIET)
    result = EvalResult.load(tmp_path / "run" / "result.json")
    assert (result.task, result.n) == ("retrieval", 2)
    assert result.metrics["recall@100"].value == 1.0
    capsys.readouterr()
    _call(monkeypatch, predict, "run=run", "text=reset my thermostat", "k=1")
    assert [hit["id"] for hit in json.loads(capsys.readouterr().out)["hits"]] == ["d2"]
    _call(monkeypatch, bench, "task=retrieval", "runs=.", "repeats=5", "batch=2")
    assert LatencyResult.load(tmp_path / "run" / "latency.json").n == 5
    assert (tmp_path / "reports" / "index.html").is_file()
