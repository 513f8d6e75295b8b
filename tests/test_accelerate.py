"""``nlpref accelerate`` from a trained run to a faster one that predicts, is timed and is scored like any other."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from tests.contracts.small_model import small_minilm

from nlpref.__main__ import main as dispatch
from nlpref.results import EvalResult
from nlpref.storage import read_json


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """Run a verb; what it ended with."""
    monkeypatch.setattr(sys, "argv", ["nlpref", *words])
    with pytest.raises(SystemExit) as stop:
        dispatch()
    return str(stop.value.code or "")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data and a trained classifier that has a frozen encoder."""
    root = tmp_path_factory.mktemp("trained")
    rows = "".join(f"refund {n} please,pay\nparcel number {n} is late again today,post\n" for n in range(20))
    (root / "train.csv").write_text("text,label\n" + rows, "utf-8")
    (root / "test.csv").write_text("text,label\nmy refund,pay\na parcel,post\nrefund me,pay\n", "utf-8")
    settings = ["classifier=frozen", f"classifier.encoder.name={small_minilm()}", "tracker=none", "hydra.run.dir=runs/frozen"]
    given = ["dataset=csv", "dataset.train=train.csv", "dataset.test=test.csv"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("NLPREF_CACHE", str(root / "cache"))
        assert not call(patch, "train", "task=classification", *given, *settings)
    return root


@pytest.fixture
def run(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the run, in the working directory of its own."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "runs" / "frozen"


def test_an_accelerated_run_is_a_run(run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert not call(monkeypatch, "accelerate", f"run={run}", "backend=onnx-int8", "threads=2")
    made = run.with_name("frozen-onnx-int8")
    printed = capsys.readouterr().out
    assert "task gate" in printed
    assert str(made) in printed
    before, after = (EvalResult.load(folder / "result.json") for folder in (run, made))
    assert (after.n, after.split, after.dataset) == (before.n, before.split, before.dataset)
    assert after.config_hash != before.config_hash
    told = after.details["acceleration"]
    assert (told["backend"], told["target"], told["gate_split"], told["threads"]) == ("onnx-int8", "task", "validation", 2)
    assert told["tried"][0]["gate"][0]["mean_cosine"] > 0.99
    assert (made / "model" / "encoder" / "engine" / "model.onnx").is_file()
    assert not call(monkeypatch, "predict", f"run={made}", "text=my refund")
    assert json.loads(capsys.readouterr().out)["label"] == "pay"
    assert not call(monkeypatch, "evaluate", f"run={made}")
    assert not call(monkeypatch, "bench", "task=classification", "repeats=3")
    assert read_json(made / "latency.json")["model"] == after.model
    assert not call(monkeypatch, "accelerate", f"run={run}", "backend=onnx-int8", "threads=2")
    assert (made / "latency.json").is_file()  # the same again does nothing
    again = ["accelerate", f"run={run}", "backend=onnx-int8", "threads=1"]
    assert "another configuration" in call(monkeypatch, *again)
    assert not call(monkeypatch, *again, "overwrite=true")
    assert EvalResult.load(made / "result.json").details["acceleration"]["threads"] == 1


def test_what_is_refused_leaves_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = call(monkeypatch, "accelerate", f"run={run}", "backend=onnx-int8", "target=exact")
    assert "onnx-int8 is refused" in told
    assert "least cosine 0.99" in told
    assert sorted(path.name for path in run.parent.iterdir()) == ["frozen"]


def test_an_interruption_leaves_nothing_and_foreign_folders_are_left_alone(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlpref import experiment

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    words = ["accelerate", f"run={run}", "backend=onnx-fp32"]
    with monkeypatch.context() as patch:
        patch.setattr(experiment, "record_evaluation", interrupt)
        assert call(patch, *words) == "130"
    assert sorted(path.name for path in run.parent.iterdir()) == ["frozen"]
    (run.parent / "mine").mkdir()
    (run.parent / "mine" / "letter.txt").write_text("dear", "utf-8")
    assert "left alone" in call(monkeypatch, *words, f"out={run.parent / 'mine'}")
    assert (run.parent / "mine" / "letter.txt").read_text("utf-8") == "dear"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run=absent"], "absent is not the folder of a training run"),
        (["backend=onnx-int8"], "run must be given"),
        (["run=RUN", "backend=onyx"], "no backend 'onyx'"),
        (["run=RUN", "deterministic=yes"], "expected true or false"),
        (["run=RUN", "threads=0"], "whole number, 1 or more"),
        (["run=RUN", "goal=fame", "backend=torch"], "expected latency or throughput"),
    ],
)
def test_mistakes_are_named(words: list[str], named: str, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert named in call(monkeypatch, "accelerate", *(word.replace("RUN", str(run)) for word in words))
    assert sorted(path.name for path in run.parent.iterdir()) == ["frozen"]
