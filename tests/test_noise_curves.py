"""Curves of quality against noise: what is scored, the record, the program, and the page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpref import robustness, train
from nlpref.errors import InputError, StorageError
from nlpref.noise_curves import KINDS, NAME, NoiseCurves, noise_curves
from nlpref.report import build_report
from nlpref.run_folder import OWN
from nlpref.tasks import task_named
from nlpref.text import add_noise
from nlpref.types import JudgedQuery, LabelledText, TaggedTokens

EXAMPLES = [LabelledText(f"please cancel order {n} by the way", "yes" if n % 2 else "no", f"e{n}") for n in range(20)]


class Counts:
    """Is right about a text as long as it holds the word "please", and keeps what it was asked."""

    labels = ("no", "yes")

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def predict_proba(self, texts: Sequence[str]) -> Any:
        self.asked.append(list(texts))
        gold = np.array([int(text.split()[3]) % 2 if "please" in text else 0 for text in texts])
        return np.eye(2, dtype=np.float32)[gold]


def test_the_same_examples_are_scored_at_rising_strengths() -> None:
    model = Counts()
    curves = noise_curves(task_named("classification"), model, EXAMPLES, ["casing", "slang"], [0.9, 0, 0.3], seed=7)
    assert {kind: [point.strength for point in points] for kind, points in curves.items()} == {
        "casing": [0, 0.3, 0.9],
        "slang": [0, 0.3, 0.9],
    }
    texts = [example.text for example in EXAMPLES]
    expected = [texts] + [add_noise(texts, kind, s, 7) for kind in ("casing", "slang") for s in (0.3, 0.9)]
    assert model.asked == expected
    accuracy = [[point.metrics["accuracy"].value for point in points] for points in curves.values()]
    assert accuracy[0][0] == accuracy[1][0] == 1.0
    shouted = ["please" not in text for text in add_noise(texts, "casing", 0.9, 7)]
    wrong = sum(hit and example.label == "yes" for hit, example in zip(shouted, EXAMPLES, strict=True))
    assert accuracy[0][2] == pytest.approx(1 - wrong / 20)


def test_what_does_not_fit_is_named() -> None:
    task = task_named("classification")
    for kinds, strengths, message in (
        (["typos"], [2.0], "strength is 2.0"),
        (["tpyos"], [0.1], "kind is 'tpyos'"),
        ([], [0.1], "at least one kind"),
        (["typos"], [], "at least one kind"),
    ):
        model = Counts()
        with pytest.raises(InputError, match=message):
            noise_curves(task, model, EXAMPLES, kinds, strengths)
        assert model.asked == []
    with pytest.raises(InputError, match="noise needs examples with a text, got 1 of the task ner"):
        noise_curves(task_named("ner"), Counts(), [TaggedTokens(("a",))], ["typos"], [0.1])


def test_queries_become_noisy_and_their_judgements_stay() -> None:
    class Finds:
        def search(self, queries: Sequence[str], k: int) -> list[list[Any]]:
            return [[] for _ in queries]

    queries = [JudgedQuery("q", "where is it", {"d": 1})]
    curves = noise_curves(task_named("retrieval"), Finds(), queries, ["typos"], [1.0])
    assert [point.metrics["ndcg@10"].value for point in curves["typos"]] == [0, 0]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run."""
    folder = tmp_path_factory.mktemp("noise")
    rows = "".join(f"please refund order {n},pay\nwhere is my parcel {n},post\n" for n in range(12))
    (folder / "train.csv").write_text("text,label\n" + rows, "utf-8")
    (folder / "test.csv").write_text(
        "text,label\n" + "".join(f"refund {n},pay\nparcel {n},post\n" for n in range(20, 26)), "utf-8"
    )
    made = folder / "runs" / "made"
    words = ["classifier=naive_bayes", "dataset=csv", f"dataset.train={folder}/train.csv", f"dataset.test={folder}/test.csv"]
    _call(train.main, *words, "tracker=none", "progress=false", f"hydra.run.dir={made}")
    return made


def _call(main: Callable[[], Any], *arguments: str) -> None:
    before = sys.argv
    sys.argv = ["nlpref", *arguments]
    try:
        main()
    finally:
        sys.argv = before


def test_the_program_writes_a_record_that_the_page_shows(run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _call(robustness.main, f"run={run}", "strengths=0.5,1", "n=10")
    printed = capsys.readouterr().out
    assert "f1_macro of csv-naive_bayes on 10 examples of test" in printed
    assert [line.split()[0] for line in printed.splitlines()[1:]] == list(KINDS)
    record = NoiseCurves.load(run / NAME)
    assert (record.n, record.split, record.primary) == (10, "test", "f1_macro")
    assert record.curves["casing"][-1].metrics["f1_macro"].value == 1.0  # its words are in lower case
    assert record.curves["typos"][-1].metrics["f1_macro"].value < 1.0
    record.save(tmp_path / "again.json")
    assert NoiseCurves.load(tmp_path / "again.json") == record
    page = build_report(run.parent, tmp_path / "report").read_text("utf-8")
    assert "Quality under noise" in page
    assert "at 100% of words" in page
    assert "macro-F1 by strength of noise. typos: 1.000 at 0, " in page
    assert "share of words that are hit" in page
    assert NAME in OWN


def test_a_record_that_is_broken_or_of_another_run_is_told_of(run: Path, tmp_path: Path) -> None:
    _call(robustness.main, f"run={run}", "noise=casing", "strengths=0.5")
    values = json.loads((run / NAME).read_text("utf-8"))
    for broken in ({}, {**values, "curves": {"typos": [{}]}}, {**values, "curves": {}}, {**values, "more": 1}, [1]):
        (run / NAME).write_text(json.dumps(broken), "utf-8")
        with pytest.raises(StorageError, match="is not a record of curves"):
            NoiseCurves.load(run / NAME)
        assert "robustness.json could not be read" in build_report(run.parent, tmp_path / "r").read_text("utf-8")
    (run / NAME).write_text(json.dumps({**values, "config_hash": "other"}), "utf-8")
    assert "belongs to another configuration" in build_report(run.parent, tmp_path / "r").read_text("utf-8")
    (run / NAME).unlink()
    assert "Quality under noise" not in build_report(run.parent, tmp_path / "r").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["split=validation"], "has learnt from its validation split|no split 'validation'|lacks"),
        (["split=train"], "has learnt from its train split"),
        (["noise=rain"], "kind is 'rain'"),
        (["strengths=2"], "strength is 2.0"),
        (["strengths=a"], "expected a number"),
        (["seed=-1"], "seed=-1: expected a whole number"),
        (["n=0"], "n=0: expected a whole number"),
    ],
)
def test_mistakes_end_in_one_line(run: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        _call(robustness.main, f"run={run}", *arguments)
