"""The page in plain words: its figures by hand, its assumptions stated, its silence about nothing."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.decisions.told import Told, drawn, tell
from tests.report.test_page import Page

from nlpref.data import InMemoryDataset
from nlpref.decisions import (
    CalibratedClassifier,
    CostSensitiveClassifier,
    FlatCosts,
    OutOfScopeClassifier,
    ReviewPolicy,
    SelectiveClassifier,
)
from nlpref.decisions.scope import MaximumProbability
from nlpref.errors import InputError, StorageError
from nlpref.experiment import Run, fit_and_evaluate
from nlpref.report import words
from nlpref.report.__main__ import main
from nlpref.report.briefing import brief, write_briefing
from nlpref.report.checking import checked_share, checking_table
from nlpref.report.outcomes import share_of
from nlpref.report.runs import read_rows, read_runs
from nlpref.report.stakes import Stakes
from nlpref.report.weaknesses import weaknesses
from nlpref.results import Estimate, EvalResult
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


def told(folder: Path, model: Any, validation: int = 200, outside: int = 0) -> Any:
    """A finished run of a classifier whose texts tell it what to say; ``outside`` test texts have none of its labels."""
    sizes = {"train": 200, "validation": validation, "test": 200}
    splits = {
        name: [LabelledText(one.text, one.label, f"{name}{one.id}") for one in tell(*drawn(n, 3, seed, sharpness=2.0))]
        for seed, (name, n) in enumerate(sizes.items())
    }
    splits["test"] += [LabelledText("0.340 0.330 0.330", "oos", f"outside{n}") for n in range(outside)]
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


def test_a_selective_run_is_judged_on_its_answers(tmp_path: Path) -> None:
    run = told(tmp_path / "s", SelectiveClassifier(Told(), risk=0.3))
    found, rows = brief(run, Stakes(texts_per_day=200)), read_rows(run.folder / "predictions.jsonl")
    answered = [row for row in rows if row["decision"]["label"] is not None]
    wrong = sum(row["decision"]["label"] != row["gold"] for row in answered)
    assert 0 < wrong < len(answered) < 200
    share, right = words.out_of(len(answered) / 200), words.out_of(1 - wrong / len(answered))
    assert found.headline == f"answers {share} texts and is right for {right} of those"
    assert found.quality[0] == f"Of 200 texts it gave {len(answered)} a label and {200 - len(answered)} none."
    assert found.quality[1].startswith(f"Of {len(answered)} texts it labelled {len(answered) - wrong} rightly: ")
    assert found.weak[0] == f"Counted are the {len(answered)} texts that it answered itself."
    assert found.costs[0].startswith(f"Of 200 texts a day, {wrong} get a wrong label (between ")
    assert found.costs[0].endswith("those that go to people left aside.")
    assert found.checks[0].startswith("It answers only where it is sure enough and leaves ")
    assert "with 95 % confidence, that at most 30 of 100 of its answers are wrong" in found.checks[1]
    assert f"; {words.out_of(wrong / len(answered))} were on the test texts." in found.checks[1]
    assert found.checking is None


def test_a_selective_run_that_promises_nothing_answers_nothing(tmp_path: Path) -> None:
    run = told(tmp_path / "few", SelectiveClassifier(Told(), risk=0.05), validation=12)
    found = brief(run)
    assert found.headline == (
        "answers nothing, because no promise could be made: that takes at least 59 validation texts, and there were 12"
    )
    assert found.quality[0] == "Of 200 texts it gave none a label, so it can be neither right nor wrong."
    assert list(found.costs) == ["No text gets a label, so none gets a wrong one."]
    assert list(found.weak) == ["It gave no text a label, so nothing is known of its weaknesses."]
    assert found.checks[0] == "It answers only where it is sure enough and leaves 100 of 100 texts (1,000 a day) to people."
    assert found.checks[1].endswith("No promise could be made: that takes at least 59 validation texts, and there were 12.")
    text = Page(write_briefing(tmp_path / "few", tmp_path / "out").read_text("utf-8")).text
    assert "is right for" not in text
    assert "wrong label (between" not in text
    poor = brief(told(tmp_path / "poor", SelectiveClassifier(Told(), risk=0.02)))
    assert poor.headline.endswith("no promise could be made: it was not right often enough on 200 validation texts")
    older = {name: value for name, value in run.result.details["selection"].items() if name != "examples"}
    silent = replace(run, result=replace(run.result, details={**run.result.details, "selection": older}))
    assert brief(silent).headline == "answers nothing, because no promise could be made"
    assert brief(silent).checks[1].endswith("No promise could be made.")


def test_costs_are_counted_by_what_was_done_and_in_one_currency(tmp_path: Path) -> None:
    """Ten for a wrong label, two for a person, by hand from the decisions."""
    run = told(tmp_path / "c", CostSensitiveClassifier(Told(), FlatCosts(10.0, 2.0, "CHF")))
    found, rows = brief(run, Stakes(3.0, 1000, "GBP")), read_rows(run.folder / "predictions.jsonl")
    labels = [row["decision"]["label"] for row in rows]
    passed = labels.count(None)
    wrong = sum(label not in (None, row["gold"]) for label, row in zip(labels, rows, strict=True))
    assert 0 < wrong < sum(row["predicted"] != row["gold"] for row in rows)
    assert passed
    assert found.headline.startswith(f"answers {words.out_of(1 - passed / 200)} texts and is right for ")
    assert "; or it does something else with it: “person”." in found.does[0]
    assert f"Of 1,000 texts a day, {5 * wrong} get a wrong label" in found.costs[0]
    assert f"all texts of a day cost {words.rounded(5 * (10 * wrong + 2 * passed))} CHF" in found.costs[1]
    assert "A text is expected to cost" in found.costs[2]
    assert found.checks[0] == (
        f"It does what is expected to cost least: “person” for {words.out_of(passed / 200)} texts ({5 * passed} a day)."
    )
    assert found.checks[1].startswith("It makes no promise of how few of its labels are wrong")
    assert found.checking is None
    everything = " ".join([*found.does, *found.quality, *found.costs, *found.checks, found.assumed])
    assert "GBP" not in everything
    assert "asks nobody" not in everything
    dear = brief(told(tmp_path / "dear", CostSensitiveClassifier(Told(), FlatCosts(10.0, 0.0, "CHF"))))
    assert dear.headline == "gives no text a label: to do something else is expected to cost less"
    alone = brief(told(tmp_path / "alone", CostSensitiveClassifier(Told(), FlatCosts(10.0, None, "CHF"))))
    assert alone.headline.startswith("is right for ")
    assert alone.checks[0] == "It does what is expected to cost least: for every text that is a label."


def test_what_goes_to_review_is_no_error(tmp_path: Path) -> None:
    run = told(tmp_path / "r", ReviewPolicy(Told(), capacity=10, daily=100))
    found, review = brief(run), run.result.details["review"]
    assert found.headline.startswith(f"answers {words.out_of(1 - review['share_reviewed'])} texts and is right for ")
    assert f"Of 1,000 texts a day, {words.rounded(1000 * review['observed_error'])} get a wrong label" in found.costs[0]
    assert found.checks[0].startswith(f"It hands {words.out_of(review['share_reviewed'])} texts (")
    assert f"That is not promised: {words.out_of(review['expected_error'])} were expected." in found.checks[1]
    assert found.checking is None


def test_texts_out_of_scope_are_told_apart(tmp_path: Path) -> None:
    scorers = [MaximumProbability()]
    run = told(tmp_path / "o", OutOfScopeClassifier(Told(), scorers, in_scope_accuracy=None, rejected=0.2), outside=8)
    found, rows = brief(run), read_rows(run.folder / "predictions.jsonl")
    called = [row for row in rows if row["predicted"] == "oos"]
    fit = sum(row["gold"] != "oos" for row in called)
    wrong = sum(row["predicted"] not in ("oos", row["gold"]) for row in rows)
    assert len(called) == fit + 8
    assert fit
    assert found.does[0] == "It reads a text and gives it one of 3 labels: “a”, “b”, “c”; or it calls it out of scope."
    assert found.headline.startswith(f"answers {words.out_of(1 - len(called) / 208)} texts and is right for ")
    assert f"It called {len(called)} texts out of scope; {fit} of them would have fitted a label." in found.quality
    assert f"Of 1,000 texts a day, {words.rounded(1000 * wrong / 208)} get a wrong label" in found.costs[0]
    assert found.checks[0].startswith("It calls ")
    assert found.checks[1] == "Of 8 test texts that fit no label it called 8 so."
    assert found.checks[2] == (
        "It promises, with 90 % confidence, that at most 20 of 100 texts that fit a label are called out of scope; "
        f"{words.out_of(fit / 200)} were on the test texts."
    )
    assert found.checking is None
    assert "oos" not in " ".join([*found.does, *found.quality, *found.weak, *found.checks])
    assert not any("fit none of the labels" in text for text in found.unmeasured)
    kept = brief(told(tmp_path / "kept", OutOfScopeClassifier(Told(), scorers, in_scope_accuracy=0.5)))
    assert "that at least 50 of 100 texts that fit a label get it; " in " ".join(kept.checks)
    assert "Whether it notices texts that fit none of the labels: the test texts cannot show it." in kept.unmeasured


def test_an_out_of_scope_run_that_promises_nothing_answers_all(tmp_path: Path) -> None:
    model = OutOfScopeClassifier(Told(), [MaximumProbability()], in_scope_accuracy=0.95, label="other")
    run = told(tmp_path / "o", model, validation=12)
    found = brief(run)
    assert run.result.details["scope_threshold"]["label"] == "other"
    assert found.headline.startswith("is right for ")
    assert found.does[0] == "It reads a text and gives it one of 3 labels: “a”, “b”, “c”."
    assert found.checks[0] == (
        "It was to promise, with 90 % confidence, that at least 95 of 100 texts that fit a label get it. No promise could be "
        "made, so it calls no text out of scope: that takes at least 45 validation texts, and there were 12."
    )
    assert found.checks[1].startswith("It answers every text and asks nobody.")
    assert found.checking is not None


def test_decisions_that_something_around_them_drops_are_not_told_as_taken(tmp_path: Path) -> None:
    """A calibrated selective classifier gives probabilities alone: it answers every text."""
    found = brief(told(tmp_path / "c", CalibratedClassifier(SelectiveClassifier(Told(), risk=0.3))))
    assert found.headline.startswith("is right for ")
    assert found.checks[0].startswith("It answers every text and asks nobody.")


@pytest.mark.parametrize(("right", "ends"), [(True, "between 92.1 and 100.0"), (False, "between 0.0 and 7.9")])
def test_an_interval_is_not_empty_where_all_or_none_are_right(right: bool, ends: str, save_run: Save, write_rows: Write) -> None:
    """Clopper and Pearson by hand: with 45 of 45, 0.025 to the power 1/45 is 0.921."""
    matrix = {"labels": ["a", "b"], "counts": [[45, 0], [0, 0]]}
    folder = save_run("a", float(right), primary="accuracy", n=45, details={"confusion_matrix": matrix})
    record = EvalResult.load(folder / "result.json")
    replace(record, metrics={"accuracy": Estimate(float(right), float(right), float(right))}).save(folder / "result.json")
    write_rows(folder / "predictions.jsonl", answers(*[right] * 45))
    found = brief(read_runs(folder).runs[0])
    assert f"one would expect {ends} of 100" in found.quality[0]
    assert ("(between 0 and 79)" if right else "(between 921 and 1,000)") in found.costs[0]
    assert share_of(45, 45).low == pytest.approx(0.025 ** (1 / 45))


def test_a_run_that_makes_no_error(tmp_path: Path, save_run: Save, write_rows: Write) -> None:
    matrix = {"labels": ["a", "b"], "counts": [[4, 0], [0, 0]]}
    folder = save_run("a", 1.0, primary="accuracy", p95_ms=2.0, details={"confusion_matrix": matrix})
    write_rows(folder / "predictions.jsonl", answers(True, True, True, True))
    text = Page(write_briefing(folder, tmp_path).read_text("utf-8")).text
    assert "m is right for 100 of 100 texts" in text
    assert "what a check would find is not known" in text
    assert "How fast it answers" not in text  # it was timed


def test_what_cannot_be_told_is_refused(tmp_path: Path, save_run: Save, write_rows: Write) -> None:
    with pytest.raises(StorageError, match=r"holds no result\.json; give run=FOLDER"):
        write_briefing(tmp_path, tmp_path)
    with pytest.raises(InputError, match="is a run of the task guessing; the summary in plain words is of classifiers, taggers"):
        write_briefing(save_run("other", task="guessing"), tmp_path)
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
