"""The page in plain words: its figures by hand, its assumptions stated, its silence about nothing."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.decisions.told import Told, drawn, tell
from tests.report.test_page import Page

from nlpref.data import InMemoryDataset
from nlpref.decisions import CostSensitiveClassifier, FlatCosts, ReviewPolicy, SelectiveClassifier
from nlpref.errors import InputError, StorageError
from nlpref.experiment import Run, fit_and_evaluate
from nlpref.report.__main__ import main
from nlpref.report.briefing import brief, write_briefing
from nlpref.report.checking import checked_share, checking_table
from nlpref.report.runs import read_runs
from nlpref.report.stakes import Stakes
from nlpref.report.weaknesses import weaknesses
from nlpref.tasks import task_named
from nlpref.tracking import NullTracker
from nlpref.types import LabelledText

Save = Callable[..., Path]
Write = Callable[[Path, Sequence[Any]], None]


def answers(*right: bool) -> list[dict[str, Any]]:
    """Answers by rising confidence."""
    return [
        {"id": str(n), "text": "a text", "gold": "a", "predicted": "a" if ok else "b", "probability": 0.5 + n / 1000}
        for n, ok in enumerate(right)
    ]


def told(folder: Path, model: Any) -> Any:
    """A finished run of a classifier whose texts tell it what to say."""
    splits = {
        name: [LabelledText(one.text, one.label, f"{name}{one.id}") for one in tell(*drawn(200, 3, seed, sharpness=2.0))]
        for seed, name in enumerate(("train", "validation", "test"))
    }
    run = Run("told", folder, config_hash="x", config_text="# x\n")
    fit_and_evaluate(run, task_named("classification"), InMemoryDataset("told", splits), model, NullTracker())
    return read_runs(folder).runs[0]


def test_what_errors_cost_by_hand() -> None:
    stakes = Stakes(cost_per_error=2.5, texts_per_day=400, currency="CHF")
    assert stakes.daily_texts(0.05) == pytest.approx(20)
    assert stakes.daily(0.05) == pytest.approx(50)
    assert stakes.yearly(0.05) == pytest.approx(18250)
    assert stakes.money(18250) == "18,200 CHF"
    assert Stakes(currency="").money(3) == "3"
    for wrong, message in (({"cost_per_error": -1.0}, "cost_per_error"), ({"texts_per_day": 0.0}, "texts_per_day")):
        with pytest.raises(InputError, match=message):
            Stakes(**wrong)  # type: ignore[arg-type]


def test_what_checking_buys_by_hand() -> None:
    """Of 20 answers the least sure, the third and the tenth are wrong."""
    rows = answers(*(n not in (0, 2, 9) for n in range(20)))
    assert checked_share(rows, 0.5) == pytest.approx(3 / 20)  # two of three errors; one of three is not half
    assert checked_share(rows, 1 / 3) == pytest.approx(1 / 20)
    assert checked_share(rows, 1.0) == pytest.approx(10 / 20)
    assert checked_share(answers(True, True), 0.5) is None
    table = checking_table(rows, Stakes(2.0, 100, "EUR"))
    assert table.columns[-1] == "Cost, EUR"
    assert [[cell.text for cell in row] for row in table.rows][:3] == [
        ["nothing", "0", "15", "30"],
        ["5 % least sure", "5", "10", "20"],
        ["10 % least sure", "10", "10", "20"],
    ]


def test_weaknesses_are_named() -> None:
    rows = [{**row, "gold": "lost_card"} for row in answers(*[False] * 6, *[True] * 4)]
    rows = [{**row, "predicted": "b" if row["predicted"] == "b" else "lost_card"} for row in rows]
    labels, pairs, slices = weaknesses(rows, [])
    assert labels == "Labels that it finds least often: “lost card” (4 of 10 right)."
    assert pairs == "Confused most: “lost card” taken for “b” (6 times)."
    assert slices == "No group of texts stands out as worse than the rest by more than chance."


def test_a_page_of_a_plain_run(tmp_path: Path) -> None:
    run = told(tmp_path / "run", Told())
    found = brief(run, Stakes(3.0, 2000, "GBP"))
    wrong = 1 - run.result.metrics["accuracy"].value
    assert f"{round(200 * (1 - wrong))} rightly" in found.quality[0]
    assert "It reads a text and gives it one of 3 labels: " in found.does[0]
    assert "3 GBP for each wrong label" in found.assumed
    assert "2,000 texts a day" in found.assumed
    assert f"Of 2,000 texts a day, {2000 * wrong:.0f} get a wrong label" in found.costs[0]
    assert found.checks[0].startswith("It answers every text and asks nobody.")
    assert found.checking is not None
    text = " ".join(found.unmeasured)
    for part in ("newer ones", "fit none of the labels", "carry no such facts", "typing errors", "How fast", "explanations"):
        assert part in text
    page = Page(write_briefing(tmp_path / "run", tmp_path / "out").read_text("utf-8"))
    assert page.faults == []
    assert page.tags["script"] == 0
    assert "What people must still check" in page.text
    assert "1,000 texts a day, 1 EUR for each wrong label" in page.text


def test_runs_that_decide_tell_what_is_left_to_people(tmp_path: Path) -> None:
    selective = brief(told(tmp_path / "s", SelectiveClassifier(Told(), risk=0.3)))
    assert "answers only where it is sure enough" in selective.checks[0]
    assert "with 95 % confidence, that at most 30 of 100 of its answers are wrong" in selective.checks[0]
    assert "those that go to people left aside" in selective.costs[0]
    review = brief(told(tmp_path / "r", ReviewPolicy(Told(), capacity=10, daily=100)))
    assert review.checks[0].startswith("It hands ")
    assert selective.checking is None is review.checking
    costly = brief(told(tmp_path / "c", CostSensitiveClassifier(Told(), FlatCosts(10.0, 2.0, "EUR"))))
    assert "A text is expected to cost" in costly.costs[-1]


def test_a_run_that_makes_no_error(tmp_path: Path, save_run: Save, write_rows: Write) -> None:
    matrix = {"labels": ["a", "b"], "counts": [[4, 0], [0, 0]]}
    folder = save_run("a", 1.0, primary="accuracy", p95_ms=2.0, details={"confusion_matrix": matrix})
    write_rows(folder / "predictions.jsonl", answers(True, True, True, True))
    text = Page(write_briefing(folder, tmp_path).read_text("utf-8")).text
    assert "m is right for 100 of 100 texts" in text
    assert "what a check would find is not known" in text
    assert "How fast it answers" not in text  # it was timed


def test_what_cannot_be_told_is_refused(tmp_path: Path, real_runs: Path, save_run: Save, write_rows: Write) -> None:
    with pytest.raises(StorageError, match=r"holds no result\.json; give run=FOLDER"):
        write_briefing(tmp_path, tmp_path)
    with pytest.raises(InputError, match="is a run of the task ner; the summary in plain words is of classifiers"):
        write_briefing(real_runs / "crf", tmp_path)
    folder = save_run("a", primary="accuracy")
    with pytest.raises(StorageError, match=r"predictions\.jsonl does not exist"):
        write_briefing(folder, tmp_path)
    write_rows(folder / "predictions.jsonl", [])
    with pytest.raises(InputError, match="scored no text"):
        write_briefing(folder, tmp_path)
    write_rows(folder / "predictions.jsonl", [{"text": "no more than that"}])
    with pytest.raises(StorageError, match="do not have the expected form"):
        write_briefing(folder, tmp_path)
    (folder / "result.json").write_text("{", "utf-8")
    with pytest.raises(StorageError, match="could not be read"):
        write_briefing(folder, tmp_path)


def test_the_program_writes_both_pages_of_a_run(
    real_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["nlpref report", *arguments])
        main()

    call(f"run={real_runs / 'tfidf-1.0-0'}", "cost_per_error=4", "currency=USD")
    assert capsys.readouterr().out == "summary: reports/tfidf-1.0-0/summary.html\nreport: reports/tfidf-1.0-0/index.html\n"
    text = Page((tmp_path / "reports/tfidf-1.0-0/summary.html").read_text("utf-8")).text
    assert "4 USD for each wrong label" in text
    for arguments, message in (
        (("currency=USD",), "currency: the summary in plain words is of one run; give run=FOLDER as well"),
        (("run=x", "runs=y"), "run= and runs= were both given"),
        (("run=x", "cost_per_error=-1"), "cost_per_error=-1: expected a number"),
        (("run=x",), "x is not the folder of a finished run"),
    ):
        with pytest.raises(SystemExit, match=message):
            call(*arguments)


def test_mistakes_show_their_neighbours_and_other_familiarity_is_left_aside(real_runs: Path, tmp_path: Path) -> None:
    from nlpref.report import build_report

    runs = tmp_path / "runs"
    shutil.copytree(real_runs / "tfidf-1.0-0", runs / "one")
    page = Page(build_report(runs, tmp_path / "out").read_text("utf-8"))
    assert "Nearest in training:" in page.text
    assert "refund for order" in page.text
    path = runs / "one" / "familiarity.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text("".join(json.dumps({**row, "id": "other"}) + "\n" for row in rows), "utf-8")
    assert "Nearest in training:" not in Page(build_report(runs, tmp_path / "out").read_text("utf-8")).text
    path.write_text("{\n", "utf-8")
    assert "errors and their texts are left out" in Page(build_report(runs, tmp_path / "out").read_text("utf-8")).text
