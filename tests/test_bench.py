"""Timing of saved runs: real ones, broken ones, and arguments that do not fit."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from nlpref import bench
from nlpref.classification import TfidfClassifier
from nlpref.data import sources
from nlpref.errors import ConfigError, StorageError
from nlpref.experiment import Run, fit_and_evaluate
from nlpref.results import EvalResult, LatencyResult
from nlpref.tasks import task_named
from nlpref.tracking import NullTracker


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``runs`` with one small run; nothing may be changed."""
    root = tmp_path_factory.mktemp("bench")
    files = {"train": [f"refund {n},pay\nparcel {n},post" for n in range(5)], "test": ["my refund,pay", "a parcel,post"]}
    for name, lines in files.items():
        (root / f"{name}.csv").write_text("text,label\n" + "\n".join(lines) + "\n", "utf-8")
    settings = {"train": str(root / "train.csv"), "test": str(root / "test.csv")}
    config = "dataset:\n  _target_: nlpref.data.sources.csv\n"
    config += "".join(f"  {key}: {value}\n" for key, value in {**settings, "text": "text", "label": "label"}.items())
    run = Run("toy-tfidf", root / "runs" / "a", config_text=config)
    dataset = sources.csv(**settings, text="text", label="label")
    fit_and_evaluate(run, task_named("classification"), dataset, TfidfClassifier(C=1.0), NullTracker())
    return root / "runs"


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(trained, tmp_path / "runs"))


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["nlpref bench", *arguments])
    bench.main()


def stamp(folder: Path, text: str = "{}") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(text, "utf-8")


def test_runs_are_timed_once_and_the_rest_is_named(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Path(shutil.copytree(runs / "a", runs / "lost"))
    (lost / "config.yaml").unlink()
    given = ["task=all", f"runs={runs}", f"out={tmp_path / 'out'}", "repeats=3", "batch=2"]
    with pytest.raises(SystemExit) as stop:
        call(monkeypatch, *given)
    assert str(stop.value).startswith("error: not timed:")
    assert f"{lost}: {lost} is not the folder of a training run: it holds no config.yaml" in str(stop.value)
    found = LatencyResult.load(runs / "a" / "latency.json")
    assert (found.n, found.batch_size, found.model) == (3, 2, "toy-tfidf")
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms
    assert found.disk_mb == pytest.approx(sum(f.stat().st_size for f in (runs / "a" / "model").rglob("*") if f.is_file()) / 1e6)
    out = capsys.readouterr().out
    assert f"{found.p95_ms:8.2f}" in out
    assert "toy-tfidf" in out
    assert (tmp_path / "out" / "index.html").is_file()

    shutil.rmtree(lost)
    times = (runs / "a" / "latency.json").read_bytes()
    call(monkeypatch, *given)
    assert (runs / "a" / "latency.json").read_bytes() == times


def test_what_was_not_measured_is_a_dash(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    LatencyResult(
        model="m", p50_ms=1, p95_ms=2, p99_ms=3, throughput_per_s=4, batch_size=1, n=1, threads=1, disk_mb=0.0
    ).save(runs / "a" / "latency.json")  # fmt: skip
    call(monkeypatch, "task=classification", f"runs={runs}", f"out={tmp_path / 'out'}")
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("toy-tfidf"))
    assert row.split()[-4:] == ["-", "0.00", "-", "2.7778"]  # 10^6 / 4 s on one core are 69.4 core-hours at 0.04
    assert "if a core-hour costs 0.04, which is an assumption" in out
    call(monkeypatch, "task=classification", f"runs={runs}", f"out={tmp_path / 'out'}", "price=0.4")
    assert "27.7778" in capsys.readouterr().out
    assert "27.8" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_runs_are_found_by_task_without_what_lies_inside_them(runs: Path) -> None:
    stamp(runs / "broken", "{")
    (runs / "broken" / "model").mkdir()
    shutil.copytree(runs / "a", runs / "a" / "evaluations" / "other-test")
    shutil.copytree(runs / "a", runs / "b", ignore=shutil.ignore_patterns("model", "evaluations"))
    assert bench.find_runs(runs, "classification") == [runs / "a"]
    assert bench.find_runs(runs, "ner") == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("seed: 1\n", "it has no dataset"),
        ("dataset: banking77\n", "it has no dataset"),
        ("dataset:\n  _target_: nlpref.data.sources.csvs\n", "did you mean 'csv'"),
        ("dataset:\n  _target_: subprocess.call\n  args: [ls]\n", "subprocess"),
    ],
)
def test_a_data_set_that_cannot_be_built_is_one_clear_error(runs: Path, config: str, message: str) -> None:
    (runs / "a" / "config.yaml").write_text(config, "utf-8")
    with pytest.raises((StorageError, ConfigError), match=message):
        bench.bench(runs / "a")
    assert EvalResult.load(runs / "a" / "result.json").n == 2
    assert not (runs / "a" / "latency.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "task must be given"),
        (["task=tagging"], "there is no task 'tagging'"),
        (["task=ner", "repeat=3"], "did you mean 'repeats'"),
        (["task=ner", "repeats=many"], "repeats=many: expected a whole number"),
        (["task=ner", "batch=0"], "batch=0: expected a whole number"),
        (["task=ner", "price=cheap"], "price=cheap: expected a number, 0 or more"),
        (["task=ner", "overwrite=yes"], "overwrite=yes: expected true or false"),
        (["task=ner"], "no finished runs of ner"),
    ],
)
def test_arguments_that_do_not_fit(trained: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    runs = [f"runs={trained}"] if arguments == ["task=ner"] else []
    with pytest.raises(SystemExit, match=f"^error: .*{message}"):
        call(monkeypatch, *arguments, *runs)


def test_help_shows_examples(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        call(monkeypatch, "--help")
    assert "python -m nlpref.bench task=classification" in capsys.readouterr().out
