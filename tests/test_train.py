"""Entry points over small files: train, then evaluate and predict from the run's folder."""

from __future__ import annotations

import json
import shlex
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpref import evaluate, predict, train
from nlpref.results import EvalResult

Invoke = Callable[..., str]


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Call an entry point as the command line does, in a fresh working directory; gives what it prints."""
    monkeypatch.chdir(tmp_path)

    def call(main: Callable[[], None], *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["nlpref", *arguments])
        main()
        return capsys.readouterr().out

    return call


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Two easy labels, 40 texts, and 8 for the test."""
    things = ["parcel", "letter", "box", "order", "crate", "bag", "lamp", "chair", "book", "shoe"]
    rows = [
        (text, label)
        for thing in things
        for text, label in (
            (f"where is my {thing}", "track"),
            (f"the {thing} has not arrived yet", "track"),
            (f"send the {thing} back and refund me", "refund"),
            (f"i want my money for the {thing}", "refund"),
        )
    ]
    tests = [
        ("where is the sofa", "track"),
        ("refund my sofa", "refund"),
        ("has the cup arrived", "track"),
        ("money for a cup", "refund"),
    ]
    for name, some in (("train.csv", rows), ("test.csv", tests)):
        (tmp_path / name).write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in some), "utf-8")
    return tmp_path


def evaluation_of(run: Path, name: str) -> Path:
    """The one folder of an evaluation; its name ends in the revision of what was scored."""
    (found,) = (run / "evaluations").glob(f"{name}-*")
    return found


OWN = ["task=classification", "dataset=csv", "dataset.train=train.csv", "dataset.test=test.csv", "dataset.text=text"]
QUIET = ["tracker=none", "progress=false", "hydra.run.dir=run"]


def test_own_csv_gives_a_whole_run_folder(invoke: Invoke, texts: Path) -> None:
    printed = invoke(train.main, *OWN, "dataset.label=label", *QUIET)
    run = texts / "run"
    assert "f1_macro 1.0000" in printed
    assert {path.name for path in run.iterdir()} >= {
        "config.yaml", "environment.json", "familiarity.jsonl", "fingerprint.txt", "model", "predictions.jsonl", "result.json",
    }  # fmt: skip
    record = json.loads((run / "result.json").read_text("utf-8"))
    assert record["task"] == "classification"
    assert record["dataset"]["name"] == "train"
    assert len(record["dataset"]["revision"]) == 16
    assert (record["split"], record["n"], record["seed"]) == ("test", 4, 0)
    assert record["metrics"]["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert record["details"]["dataset_notes"]["carved"]["validation"]["fraction"] == 0.1
    rows = [json.loads(line) for line in (run / "predictions.jsonl").read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows][:1] == ["where is the sofa"]


def test_evaluate_agrees_with_train(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    invoke(evaluate.main, "run=run")
    trained = EvalResult.load(texts / "run" / "result.json")
    scored = EvalResult.load(evaluation_of(texts / "run", "train-test") / "result.json")
    assert scored.metrics == trained.metrics
    assert scored.scores == trained.scores
    assert scored.dataset == trained.dataset


def test_evaluate_scores_other_data(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    (texts / "new.csv").write_text("text,label\nwhere is my refund,refund\nrefund the lamp,refund\n", "utf-8")
    printed = invoke(
        evaluate.main, "run=run", "dataset=csv", "dataset.train=train.csv", "dataset.test=new.csv", "dataset.name=new"
    )
    assert "accuracy" in printed
    assert EvalResult.load(evaluation_of(texts / "run", "new-test") / "result.json").n == 2


def test_predict_gives_one_line_for_each_text_in_order(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    (texts / "ask.txt").write_bytes("where is it\n\nrefund\u2028please\r\n".encode())
    rows = [json.loads(line) for line in invoke(predict.main, "run=run", "file=ask.txt").rstrip("\n").split("\n")]
    assert [row["text"] for row in rows] == ["where is it", "", "refund\u2028please"]
    assert [row.get("label", row.get("error")) for row in rows] == ["track", "empty text", "refund"]
    assert sum(rows[0]["probabilities"].values()) == pytest.approx(1.0)


def test_same_command_again_does_nothing_and_overwrite_starts_anew(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    made = (texts / "run" / "result.json").stat().st_mtime_ns
    invoke(train.main, *OWN, *QUIET)
    assert (texts / "run" / "result.json").stat().st_mtime_ns == made
    invoke(train.main, *OWN, *QUIET, "overwrite=true")
    assert (texts / "run" / "result.json").stat().st_mtime_ns > made


def test_folder_of_another_configuration_is_refused(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    before = (texts / "run" / "result.json").read_bytes()
    with pytest.raises(SystemExit, match="another configuration"):
        invoke(train.main, *OWN, *QUIET, "classifier.min_df=2")
    assert (texts / "run" / "result.json").read_bytes() == before


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["classifer=tfidf"], "did you mean 'classifier'"),
        (["classifier=tfdif"], "did you mean 'tfidf'"),
        (["classifier.ngrams=3"], "classifier"),
        (["+classifier.min_dv=3"], "did you mean 'min_df'"),
        (["task=classify"], "did you mean 'classification'"),
        (["dataset=csv"], "dataset.train"),
        (["split=tset", "dataset=supportdesk"], "'tset'"),
    ],
)
def test_wrong_override_fails_before_any_work(invoke: Invoke, tmp_path: Path, overrides: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as stop:
        invoke(train.main, *QUIET, *overrides)
    assert said in str(stop.value)
    assert not (tmp_path / "run" / "model").exists()


def test_overwrite_leaves_what_is_not_of_a_run(invoke: Invoke, texts: Path) -> None:
    (texts / "precious").mkdir()
    (texts / "precious" / "thesis.txt").write_text("years of work", "utf-8")
    for _ in range(2):
        invoke(train.main, *OWN, "tracker=none", "hydra.run.dir=precious", "overwrite=true")
    assert (texts / "precious" / "thesis.txt").read_text("utf-8") == "years of work"
    invoke(train.main, *OWN, "tracker=none", "hydra.run.dir=.", "overwrite=true")
    assert (texts / "train.csv").exists()


def test_data_that_changed_are_not_mistaken_for_the_same_run(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    swapped = (texts / "test.csv").read_text("utf-8").replace(",track", ",swap").replace(",refund", ",track")
    (texts / "test.csv").write_text(swapped.replace(",swap", ",refund"), "utf-8")
    with pytest.raises(SystemExit, match="on other data"):
        invoke(train.main, *OWN, *QUIET)
    assert "f1_macro 0.0000" in invoke(train.main, *OWN, *QUIET, "overwrite=true")


def test_a_validation_split_that_is_scored_is_not_learnt_from(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET, "split=validation")
    assert "refit: false" in (texts / "run" / "config.yaml").read_text("utf-8")
    with pytest.raises(SystemExit, match="refit=True, TfidfClassifier learns from validation"):
        invoke(train.main, *OWN, "tracker=none", "hydra.run.dir=other", "split=validation", "classifier.refit=true")
    assert not (texts / "other").exists()
    invoke(train.main, *OWN, "tracker=none", "hydra.run.dir=refitted")
    with pytest.raises(SystemExit, match="would flatter it"):
        invoke(evaluate.main, "run=refitted", "split=validation")
    invoke(evaluate.main, "run=run", "split=validation")


def test_evaluate_refuses_what_the_model_cannot_answer(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    for overrides, said in (
        (["dataset=supportdesk"], "none of the labels"),
        (["dataset=csv", "dataset.train=train.csv", "dataset.test=none.csv"], "none.csv"),
        (["dataset=csv"], "dataset.train"),
        (["out=run"], "folder of a training run"),
        (["split=dev"], "no split 'dev'"),
    ):
        with pytest.raises(SystemExit) as stop:
            invoke(evaluate.main, "run=run", *overrides)
        assert said in str(stop.value)
    assert not (texts / "run" / "evaluations").exists()


def test_evaluate_needs_nothing_but_test_data_and_keeps_each_result(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, *QUIET)
    for rows in ("where is my refund,refund\n", "where is my refund,refund\nthe lamp,return\n"):
        (texts / "new.csv").write_text("text,label\n" + rows, "utf-8")
        invoke(evaluate.main, "run=run", "dataset=csv", "dataset.test=new.csv")
    kept = [EvalResult.load(path) for path in (texts / "run" / "evaluations").glob("new-test-*/result.json")]
    assert sorted(result.n for result in kept) == [1, 2]


def test_a_task_and_data_of_another_are_refused(invoke: Invoke, texts: Path) -> None:
    retrieval = ["task=retrieval", "dataset=csv", "dataset.train=train.csv", "dataset.test=test.csv", "retriever=bm25"]
    with pytest.raises(SystemExit, match=r"task=retrieval works on JudgedQuery, .*; it is for task=classification"):
        invoke(train.main, *retrieval, *QUIET)
    assert not (texts / "run").exists()


def test_texts_left_out_of_train_are_told(invoke: Invoke, texts: Path) -> None:
    leaking = (texts / "test.csv").read_text("utf-8").splitlines()[1]
    (texts / "train.csv").write_text((texts / "train.csv").read_text("utf-8") + leaking + "\n", "utf-8")
    assert "train: left out of train, since in test too: 1" in invoke(train.main, *OWN, *QUIET)


@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_a_seed_out_of_range_is_refused(invoke: Invoke, texts: Path, seed: str) -> None:
    with pytest.raises(SystemExit, match=f"seed={seed}: expected a whole number from 0"):
        invoke(train.main, *OWN, *QUIET, f"seed={seed}")
    assert not (texts / "run").exists()


def test_folder_and_command_of_a_run_say_how_it_was_made(invoke: Invoke, texts: Path) -> None:
    (texts / "train.csv").rename(texts / "my train.csv")
    given = ["dataset=csv", "dataset.train='my train.csv'", "dataset.test=test.csv", "tracker=none"]
    invoke(train.main, *given)
    (run,) = (texts / "runs" / "classification").iterdir()
    assert run.name == "csv-tfidf-seed0-" + (run / "fingerprint.txt").read_text("utf-8").split()[0]
    first = (run / "config.yaml").read_text("utf-8").splitlines()[0]
    assert shlex.split(first.removeprefix("# ")) == ["python", "-m", "nlpref.train", *given]


def test_run_lands_in_mlflow_with_its_artifacts(invoke: Invoke, texts: Path) -> None:
    invoke(train.main, *OWN, "progress=false", "hydra.run.dir=run", "tracker.uri=sqlite:///track.db")
    connection = sqlite3.connect(texts / "track.db")
    params = dict(connection.execute("select key, value from params").fetchall())
    metrics = dict(connection.execute("select key, value from latest_metrics").fetchall())
    tags = dict(connection.execute("select key, value from tags").fetchall())
    status = connection.execute("select status from runs").fetchall()
    connection.close()
    assert status == [("FINISHED",)]
    assert params["classifier._target_"] == "nlpref.classification.TfidfClassifier"
    assert params["dataset_revision"] == EvalResult.load(texts / "run" / "result.json").dataset["revision"]
    assert metrics["test_accuracy"] == 1.0
    assert tags["task"] == "classification"
    assert list(texts.glob("mlruns/**/result.json"))


@pytest.mark.parametrize(
    ("main", "example"), [(evaluate.main, "run=RUN_FOLDER dataset=csv"), (predict.main, 'text="where is my parcel?"')]
)
def test_help_shows_examples(invoke: Invoke, main: Callable[[], None], example: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        invoke(main, "--help")
    assert not stop.value.code
    assert example in capsys.readouterr().out


def test_help_of_train_shows_examples_and_options(invoke: Invoke, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        invoke(train.main, "--help")
    assert not stop.value.code
    printed = capsys.readouterr().out
    assert "experiment=banking77_frozen" in printed
    assert "classifier: adapted, calibrated, cascade, convolutional, cost_sensitive, distilled, few_shot, frozen" in printed


TWO = "${stages.first}"
READ = "{_target_:nlpref.storage.load_component,folder:run/model}"


@pytest.mark.parametrize(
    "stages", [[f"[{TWO},{TWO}]"], [f"[{READ},{READ}]", "classifier.fit_stages=false"]], ids=["fitted here", "read from runs"]
)
def test_a_cascade_is_put_together_on_the_command_line(invoke: Invoke, texts: Path, stages: list[str]) -> None:
    invoke(train.main, *OWN, *QUIET)
    more = ["classifier=cascade", f"classifier.stages={stages[0]}", "classifier.target_accuracy=0.4", *stages[1:]]
    invoke(train.main, *OWN, *more, *QUIET[:2], "hydra.run.dir=cascade")
    record = json.loads((texts / "cascade" / "result.json").read_text("utf-8"))
    first, last = record["details"]["stages"]
    assert first["reached"] == 1.0
    assert first["answered"] + last["answered"] == 1.0
    assert first["threshold"] < 1
    (texts / "ask.txt").write_text("where is it\n", "utf-8")
    assert json.loads(invoke(predict.main, "run=cascade", "file=ask.txt"))["label"] == "track"


def test_a_run_that_decides_says_what_to_do_with_a_text(invoke: Invoke, texts: Path) -> None:
    """The record has a decision for each text, and so has what is predicted."""
    inside = ["classifier@inside=tfidf", "inside.C=1.0", "inside.calibrate=false", "classifier.risk=0.4", "tracker=none"]
    data = ["dataset=csv", f"dataset.train={texts / 'train.csv'}", f"dataset.test={texts / 'test.csv'}"]
    run = texts / "selective"
    invoke(train.main, "classifier=selective", *inside, *data, f"hydra.run.dir={run}", "progress=false")
    assert EvalResult.load(run / "result.json").details["selection"]["risk"] == 0.4
    first = json.loads((run / "predictions.jsonl").read_text("utf-8").splitlines()[0])
    assert set(first["decision"]) == {"label", "action", "confidence", "reason"}
    (line,) = invoke(predict.main, f"run={run}", "text=where is my parcel").splitlines()
    decision = json.loads(line)["decision"]
    assert decision["action"] in ("answer", "person")
    assert (decision["label"] is None) == (decision["action"] == "person")
