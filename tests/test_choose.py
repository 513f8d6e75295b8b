"""The verb from end to end, on run folders made of the committed records."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nlpref import choose

RECORDS = Path(__file__).parents[1] / "benchmarks" / "records"
TIMED = ("p50_ms", "p95_ms", "throughput_per_s")
# Models of the committed records, with times of their own, so that a record that is made again moves no test.
TIMES = {
    "banking77_tfidf": (0.94, 1.09, 8764.0),
    "banking77_frozen": (8.90, 12.58, 195.3),
    "banking77_finetuned": (11.85, 21.02, 177.9),
    "wnut17_crf": (24.05, 102.60, 240.2),
    "wnut17_finetuned": (12.85, 22.06, 70.8),
    "scifact_bm25": (0.47, 0.75, 2172.0),
    "scifact_dense": (12.75, 17.61, 146.7),
    "scifact_hybrid": (13.01, 17.23, 112.7),
    "scifact_reranked": (647.74, 743.41, 1.533),
    "supportdesk_crf": (1.1, 2.2, 1182.0),
    "supportdesk_spacy": (2.8, 5.4, 482.0),
    "supportdesk_tagger": (7.0, 10.9, 165.0),
    "supportdesk_tfidf": (0.6, 0.9, 9000.0),
    "supportdesk_bm25": (0.1, 0.1, 19495.0),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder for each committed record; seeds of one experiment differ in their seed only. Nothing may be changed."""
    root = tmp_path_factory.mktemp("choose") / "runs"
    for path in RECORDS.glob("*-seed*.json"):
        experiment, _, seed = path.stem.rpartition("-seed")
        if path.name.endswith(".latency.json") or experiment not in TIMES:
            continue
        folder = root / path.stem
        (folder / "model").mkdir(parents=True)
        shutil.copy(path, folder / "result.json")
        timed = path.with_suffix(".latency.json")
        if timed.exists():
            measured = json.loads(timed.read_text("utf-8")) | dict(zip(TIMED, TIMES[experiment], strict=True))
            (folder / "latency.json").write_text(json.dumps(measured), "utf-8")
        (folder / "config.yaml").write_text(f"recipe: {experiment}\nseed: {seed}\n", "utf-8")
    return root


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the verb; its exit status, 0 if it simply returns."""
    monkeypatch.setattr(sys, "argv", ["nlpref choose", *arguments])
    try:
        choose.main()
    except SystemExit as stop:
        return stop.code
    return 0


def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, dict[str, Any]]:
    status = call(monkeypatch, *arguments, "out=json")
    return status, json.loads(capsys.readouterr().out)


def test_the_program_answers(runs: Path) -> None:
    command = ["choose", "task=classification", "dataset=banking77", "p95_ms=20", "min_quality=0.92", f"runs={runs}"]
    done = subprocess.run([sys.executable, "-m", "nlpref", *command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = " ".join(done.stdout.split())
    assert f"Ship frozen: {runs / 'banking77_frozen-seed0' / 'model'}" in told
    assert "finetuned too slow: p95 21.0 ms, 1.02 ms (5 %) over the 20 ms allowed." in told
    assert "tfidf below the quality asked for: macro-F1 0.914 (95 % interval 0.903 to 0.923), 0.6 points under 0.92" in told
    assert "Scored on other data, so not compared supportdesk, test" in told


def test_json_holds_the_measured_figures(runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["task=retrieval", "dataset=scifact", f"runs={runs}", "price=0.4"]
    status, found = asked(monkeypatch, capsys, *given)
    assert status == 0
    assert (found["chosen"], found["metric"], found["n"]) == ("hybrid", "ndcg@10", 300)
    models = {one["model"]: one for one in found["models"]}
    assert [*models] == ["reranked", "hybrid", "bm25", "dense"]
    _, p95_ms, per_second = TIMES["scifact_hybrid"]
    assert models["hybrid"]["p95_ms"] == p95_ms
    assert models["hybrid"]["cost_per_million"] == pytest.approx(0.4 * 2 * 1e6 / per_second / 3600)
    assert models["reranked"]["seeds"] == [0, 1, 2]
    assert [(one["kind"], one["by"]) for one in models["reranked"]["reasons"]] == [("dearer", "hybrid")]
    assert [(one["kind"], one["by"]) for one in models["dense"]["reasons"]] == [("dominated", "bm25")]
    tests = {one["other"]: one for one in found["comparisons"]}
    assert not tests["hybrid"]["distinguishable"]
    assert tests["bm25"]["distinguishable"]
    assert found["scored_on_other_data"][0]["dataset"] == "supportdesk"


def test_nothing_fits_is_status_1_with_the_nearest(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = asked(monkeypatch, capsys, "task=ner", "dataset=wnut17", "p95_ms=10", "min_quality=0.4", f"runs={runs}")
    assert (status, found["chosen"], found["folder"]) == (1, None, None)
    assert found["nearest"] == [{"model": "finetuned", "limits": {"p95_ms": 22.1}}]
    assert call(monkeypatch, "task=ner", "dataset=wnut17", "p95_ms=22.1", "min_quality=0.4", f"runs={runs}") == 0
    assert "Ship finetuned" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["p95_ms=20"], "task must be given"),
        (["task=tagging"], "there is no task 'tagging'"),
        (["task=ner", "p95=20"], "did you mean 'p95_ms'"),
        (["task=ner", "p95_ms=fast"], "p95_ms=fast: expected a number"),
        (["task=ner", "min_quality=92"], "min_quality should be between 0 and 1"),
        (["task=ner", "price=-1"], "price=-1: expected a number, 0 or more"),
        (["task=ner", "out=yaml"], "out=yaml: expected text or json"),
        (["task=ner"], "choose one:\n  dataset=supportdesk   3 models\n  dataset=wnut17   2 models"),
        (["task=ner", "dataset=wnut"], "did you mean dataset=wnut17"),
    ],
)
def test_arguments_that_do_not_fit(runs: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    ended = str(call(monkeypatch, *arguments, f"runs={runs}"))
    assert ended.startswith("error: ")
    assert message in ended


def test_an_empty_folder_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(call(monkeypatch, "task=ner", f"runs={tmp_path}")).startswith("error: there is no finished run under")


def test_what_cannot_be_read_is_named(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(runs / "supportdesk_spacy-seed0", tmp_path / "spacy")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "result.json").write_text("{", "utf-8")
    assert call(monkeypatch, "task=ner", f"runs={tmp_path}") == 0
    assert "Could not be read: broken/result.json" in capsys.readouterr().out


def test_help_shows_examples(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--help") == 0
    assert "python -m nlpref.choose task=classification p95_ms=20 min_quality=0.92" in capsys.readouterr().out
