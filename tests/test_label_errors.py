"""The verb that lists suspicious labels."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nlpref import label_errors
from nlpref.results import EvalResult

ROWS = [(f"{words} {n}", label) for n in range(10) for label, words in (("pay", "refund money"), ("post", "parcel late"))]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twenty texts, the fifth of which has the wrong label."""
    rows = [f"{text},{'post' if row == 4 else label},{label}\n" for row, (text, label) in enumerate(ROWS)]
    (tmp_path / "train.csv").write_text("text,label,truth\n" + "".join(rows), "utf-8")
    return tmp_path / "train.csv"


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref label-errors", *arguments])
    label_errors.main()


def of(data: Path) -> list[str]:
    return [
        "dataset=csv", f"dataset.train={data}", f"dataset.test={data.parent / 'test.csv'}", "dataset.validation_fraction=0",
        "classifiers=tfidf", "tfidf.C=1.0", "tfidf.folds=2", "folds=4", "repeats=1",
    ]  # fmt: skip


def test_finds_the_wrong_label_and_records_how_well(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (data.parent / "test.csv").write_text("text,label,truth\na refund,pay,pay\na parcel,post,post\n", "utf-8")
    out = data.parent / "found"
    call(monkeypatch, *of(data), "dataset.facts=[truth]", "truth=truth", "top=1", f"out={out}")
    shown = capsys.readouterr().out
    assert "post → pay" in shown
    assert "'refund money 2'" in shown
    assert "precision_at_recall_0.7" in shown
    rows = [json.loads(line) for line in (out / "suspects.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 20
    assert rows[0]["text"] == "refund money 2"
    assert rows[0]["suggested"] == "pay"
    result = EvalResult.load(out / "result.json")
    assert (result.task, result.n, result.metrics[result.primary].value) == ("label_errors", 20, 1.0)
    assert result.scores["wrong"].index(1.0) == 4
    assert set(result.details["rankings"]) == {"log_ratio", "margin", "self_confidence"}


def test_without_the_truth_there_is_no_figure(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data.parent / "test.csv").write_text("text,label\na refund,pay\na parcel,post\n", "utf-8")
    out = data.parent / "found"
    call(monkeypatch, *of(data), f"out={out}")
    assert [path.name for path in out.iterdir()] == ["suspects.jsonl"]
    with pytest.raises(SystemExit, match=r"has no fact 'truth'.* it has none"):
        call(monkeypatch, *of(data), "truth=truth", f"out={out}")
    with pytest.raises(SystemExit, match="folds=many: expected a whole number"):
        call(monkeypatch, *of(data)[:-2], "folds=many", f"out={out}")


def test_judges_by_the_classifier_of_a_run(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data.parent / "test.csv").write_text("text,label\na refund,pay\na parcel,post\n", "utf-8")
    run, out = data.parent / "run", data.parent / "found"
    run.mkdir()
    (run / "config.yaml").write_text(
        "name: toy\ntask: {name: classification}\n"
        f"dataset: {{_target_: nlpref.data.sources.csv, train: {data}, test: {data.parent / 'test.csv'}, "
        "validation_fraction: 0}\n"
        "classifier: {_target_: nlpref.classification.TfidfClassifier, C: 1.0, folds: 2}\n",
        "utf-8",
    )
    call(monkeypatch, f"run={run}", "repeats=1", f"out={out}")
    assert "refund money 2" in (out / "suspects.jsonl").read_text("utf-8").splitlines()[0]
    with pytest.raises(SystemExit, match="run= brings its own data and classifier; leave out dataset=supportdesk"):
        call(monkeypatch, f"run={run}", "dataset=supportdesk")


def test_judges_entities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten sentences alike, in one of which the city was forgotten."""
    lines = [f"Ann\tB-person\nlives\tO\nin\tO\nOslo\tB-city\n{word}\tO\n\n" for word in "abcdefghij"]
    lines[4] = lines[4].replace("B-city", "O")
    (tmp_path / "train.conll").write_text("".join(lines), "utf-8")
    (tmp_path / "test.conll").write_text(lines[0].replace("Ann", "Bob"), "utf-8")
    data = [f"dataset.{split}={tmp_path / split}.conll" for split in ("train", "test")]
    asked = ["task=ner", "dataset=conll", *data, "dataset.validation_fraction=0", "crf.c2=0.1", "folds=5", f"out={tmp_path}"]
    call(monkeypatch, *asked, "top=1")
    shown = capsys.readouterr().out
    assert "missing: no entity → city 'Oslo'" in shown
    rows = [json.loads(line) for line in (tmp_path / "suspects.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 20
    assert (rows[0]["kind"], rows[0]["given"], rows[0]["doubted"]) == ("missing", None, True)
    assert rows[0]["suggested"] == {"start": 3, "end": 4, "label": "city"}
    with pytest.raises(SystemExit, match="truth=x: sentences have no facts"):
        call(monkeypatch, *asked, "truth=x")
    with pytest.raises(SystemExit, match="task=retrieval: labels are judged for classification and ner"):
        call(monkeypatch, "task=retrieval")
