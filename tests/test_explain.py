"""The program that explains: a table, a page, two records that the report shows, and mistakes in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.small_model import small_minilm
from tests.report.test_page import Page

from nlpref import explain, train
from nlpref.config import read_saved
from nlpref.explanation.record import NAME, FaithfulnessRecord
from nlpref.familiarity import NAME as FAMILIARITY
from nlpref.report import build_report
from nlpref.run_folder import OWN


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run whose texts have a channel."""
    folder = tmp_path_factory.mktemp("explain")
    rows = "".join(f"please refund order {n},pay,mail\nwhere is my parcel {n},post,phone\n" for n in range(12))
    (folder / "train.csv").write_text("text,label,channel\n" + rows, "utf-8")
    tests = "".join(f"refund of {n},pay,mail\nmy parcel at {n},post,phone\n" for n in range(20, 26)) + "my refund,post,phone\n"
    (folder / "test.csv").write_text("text,label,channel\n" + tests, "utf-8")
    made = folder / "runs" / "made"
    words = ["classifier=naive_bayes", "dataset=csv", f"dataset.train={folder}/train.csv", f"dataset.test={folder}/test.csv"]
    _call(train.main, *words, "dataset.facts=[channel]", "tracker=none", "progress=false", f"hydra.run.dir={made}")
    return made


def _call(main: Callable[[], Any], *arguments: str) -> None:
    before = sys.argv
    sys.argv = ["nlpref", *arguments]
    try:
        main()
    finally:
        sys.argv = before


def test_a_text_is_explained_as_a_table_and_as_a_page(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "why.html"
    attack = "refund <script>alert(1)</script> please"
    _call(explain.main, f"run={run}", f"text={attack}", f"out={out}")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "label: pay"
    assert printed[1].split() == ["word", "linear", "occlusion"]
    scores = {line.split()[0]: [float(part) for part in line.split()[1:]] for line in printed[2:-3]}
    assert scores["refund"][0] >= scores["please"][0] > scores["script"][0] == 0
    assert scores["refund"][1] > 0 == scores["script"][1]
    assert printed[-1] == f"page: {out}"
    page = Page(out.read_text("utf-8"))
    assert page.faults == []
    assert page.tags["script"] == 0
    assert attack.replace(" ", "") in page.text.replace(" ", "")
    assert "Why pay?" in page.text
    assert "Exact contributions" in page.text
    assert "The scores add up" in page.text


def test_another_label_and_one_method(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _call(explain.main, f"run={run}", "text=my refund", "label=post", "methods=occlusion", f"out={tmp_path / 'a.html'}")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "label: post"
    assert float(printed[3].split()[1]) < 0


def test_records_are_written_and_shown(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _call(explain.main, f"run={run}", "faithfulness=8", "neighbours=1")
    printed = capsys.readouterr().out
    assert "8 texts of test" in printed
    assert [line.split()[0] for line in printed.splitlines()[1:4]] == ["linear", "occlusion", "random"]
    record = FaithfulnessRecord.load(run / NAME)
    assert record.n == 8
    assert record.methods["linear"].gap == pytest.approx(0, abs=1e-9)
    rows = [json.loads(line) for line in (run / FAMILIARITY).read_text("utf-8").splitlines()]
    assert [len(row["neighbours"]) for row in rows if "neighbours" in row] == [1]
    assert {NAME, FAMILIARITY} <= set(OWN)
    page = Page(build_report(run, tmp_path / "report").read_text("utf-8"))
    assert page.faults == []
    assert "Faithfulness on 8 texts of test" in page.text
    assert any(label.startswith("Deletion curves. exact contributions: ") for label in page.values("aria-label"))
    assert "Nearest in training:" in page.text
    assert "where is my parcel" in page.text or "please refund order" in page.text
    _call(explain.main, f"run={run}", "text=my refund", f"out={tmp_path / 'b.html'}")
    assert "Measured on 8 texts of test: leaving out its words costs" in Page((tmp_path / "b.html").read_text("utf-8")).text
    values = json.loads((run / NAME).read_text("utf-8"))
    (run / NAME).write_text(json.dumps({**values, "config_hash": "other"}), "utf-8")
    _call(explain.main, f"run={run}", "text=my refund", f"out={tmp_path / 'b.html'}")
    assert "Measured on" not in Page((tmp_path / "b.html").read_text("utf-8")).text
    assert "belongs to another configuration" in build_report(run, tmp_path / "report").read_text("utf-8")
    (run / NAME).write_text("[]", "utf-8")
    assert "faithfulness.json could not be read" in build_report(run, tmp_path / "report").read_text("utf-8")
    (run / NAME).unlink()


def test_facts_of_texts_are_kept_with_predictions(run: Path) -> None:
    rows = [json.loads(line) for line in (run / "predictions.jsonl").read_text("utf-8").splitlines()]
    assert rows[0]["facts"] == {"channel": "mail"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to do: give text=, faithfulness= or neighbours="),
        (["text=a", "methods=shap"], "there is no method 'shap'"),
        (["text=a", "methods=attention"], "attention does not fit a NaiveBayesClassifier"),
        (["text=a", "label=pya"], "did you mean 'pay'"),
        (["text= "], "has no word that could be explained"),
        (["faithfulness=0"], "faithfulness=0: expected a whole number"),
        (["faithfulness=3", "split=nowhere"], "no split 'nowhere'"),
        (["faithfulness=3", "seed=a"], "seed=a: expected a whole number"),
        (["neighbours=none"], "neighbours=none: expected a whole number"),
    ],
)
def test_mistakes_end_in_one_line(run: Path, arguments: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=message):
        _call(explain.main, f"run={run}", f"out={tmp_path / 'x.html'}", *arguments)


def test_other_folders_and_tasks_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"holds no config\.yaml"):
        _call(explain.main, f"run={tmp_path}", "text=a")
    (tmp_path / "config.yaml").write_text("task:\n  name: ner\ndataset: {}\n", "utf-8")
    with pytest.raises(SystemExit, match="is a run of the task ner; explanations are of classifiers"):
        _call(explain.main, f"run={tmp_path}", "neighbours=3")


def test_a_text_that_is_cut_is_told_of(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = [
        "classifier=frozen",
        f"classifier.encoder.name={small_minilm()}",
        "classifier.encoder.max_length=6",
        "classifier.C=1.0",
    ]
    data = read_saved(run, "dataset")["dataset"]
    words = ["dataset=csv", f"dataset.train={data['train']}", f"dataset.test={data['test']}", "classifier.cache=false"]
    _call(train.main, *short, *words, "tracker=none", "progress=false", f"hydra.run.dir={tmp_path}/short")
    capsys.readouterr()
    for text, cut in (("my card", False), ("my card and where is my parcel", True)):
        _call(explain.main, f"run={tmp_path}/short", f"text={text}", f"out={tmp_path}/why.html")
        assert ("it is cut" in capsys.readouterr().out) is cut
        assert ("it is cut" in (tmp_path / "why.html").read_text("utf-8")) is cut
