"""What counts as a run, and what becomes of files that are broken or foreign."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nlpref.errors import StorageError
from nlpref.report.runs import read_rows, read_runs

Save = Callable[..., Path]
Write = Callable[[Path, Sequence[Any]], None]


def places(tmp_path: Path) -> list[str]:
    return [run.place for run in read_runs(tmp_path / "runs").runs]


def test_runs_are_found_at_any_depth_in_order(save_run: Save, tmp_path: Path) -> None:
    for place in ("b", "a/deep/er", "a/deep/also"):
        save_run(place)
    assert places(tmp_path) == ["a/deep/also", "a/deep/er", "b"]


def test_the_folder_itself_may_be_a_run(save_run: Save, tmp_path: Path) -> None:
    save_run("only")
    assert [run.place for run in read_runs(tmp_path / "runs" / "only").runs] == ["only"]


@pytest.mark.parametrize("inner", ["evaluations/other-test", "checkpoints/step-1", "model/first", "deeper"])
def test_results_inside_a_run_are_not_runs(save_run: Save, tmp_path: Path, inner: str) -> None:
    save_run("a")
    save_run(f"a/{inner}")
    assert places(tmp_path) == ["a"]


@pytest.mark.parametrize("inner", ["evaluations/other-test", "checkpoints/step-1", ".a.half-written"])
def test_results_inside_an_unfinished_run_are_not_runs(save_run: Save, tmp_path: Path, inner: str) -> None:
    save_run(f"unfinished/{inner}")
    assert places(tmp_path) == []


GOOD = {
    "task": "ner",
    "dataset": {"name": "toy", "revision": "1"},
    "model": "m",
    "split": "test",
    "n": 1,
    "seed": 0,
    "metrics": {"f1": {"value": 0.5, "low": 0.4, "high": 0.6}},
    "primary": "f1",
}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "should be a JSON object"),
        ('{"accuracy": 0.9}', "missing 'task'"),
        (json.dumps({**GOOD, "primary": "accuracy"}), "is not among the metrics"),
        (json.dumps({**GOOD, "metrics": {"f1": {"value": float("nan"), "low": 0, "high": 1}}}), "finite"),
        (json.dumps({**GOOD, "n": "1"}), "n is a str"),
        (json.dumps({**GOOD, "seed": None}), "seed is a NoneType"),
        (json.dumps({**GOOD, "split": ["test"]}), "split is a list"),
        (json.dumps({**GOOD, "dataset": {"name": "toy", "revision": 1}}), "dataset.revision is a int"),
        (json.dumps({**GOOD, "dataset": ["name", "revision"]}), "dataset is a list"),
        (json.dumps({**GOOD, "scores": {"f1": ["a"]}}), "scores.f1 is not a list of numbers"),
        (json.dumps({**GOOD, "scores": {"f1": 1}}), "scores.f1 is not a list of numbers"),
        (json.dumps({**GOOD, "scores": []}), "scores is a list"),
        (json.dumps({**GOOD, "details": None}), "details is a NoneType"),
    ],
)
def test_a_broken_result_is_listed_with_its_reason(save_run: Save, tmp_path: Path, text: str, why: str) -> None:
    save_run("good")
    broken = tmp_path / "runs" / "broken"
    broken.mkdir()
    (broken / "result.json").write_text(text, "utf-8")
    found = read_runs(tmp_path / "runs")
    assert [run.place for run in found.runs] == ["good"]
    (fault,) = found.unreadable
    assert fault.place == "broken/result.json"
    assert why in fault.why


def test_a_result_that_is_not_text_is_listed(save_run: Save, tmp_path: Path) -> None:
    (save_run("a") / "result.json").write_bytes(b"\xff\xfe{}")
    (save_run("b") / "result.json").unlink()
    (tmp_path / "runs" / "b" / "result.json").symlink_to(tmp_path / "absent")
    assert [fault.place for fault in read_runs(tmp_path / "runs").unreadable] == ["a/result.json", "b/result.json"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("latency.json", "{"),
        ("latency.json", '{"model": "m"}'),
        ("latency.json", json.dumps(dict.fromkeys(("p50_ms", "p95_ms", "p99_ms", "throughput_per_s", "n"), 0))),
        ("history.jsonl", '{"step": 1}\n{'),
        ("history.jsonl", "[1]\n"),
        ("config.yaml", "\udcff"),
    ],
)
def test_a_broken_file_beside_the_result_is_a_fault_of_the_run(save_run: Save, tmp_path: Path, name: str, content: str) -> None:
    (save_run("a") / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    (run,) = read_runs(tmp_path / "runs").runs
    assert len(run.faults) == 1
    assert name in run.faults[0]
    assert (run.latency, run.history, run.config) == (None, (), "")


@pytest.mark.parametrize("change", [{"p95_ms": 0.0}, {"p50_ms": "fast"}, {"memory_mb": "much"}, {"throughput_per_s": -1.0}])
def test_times_must_be_numbers_above_zero(save_run: Save, tmp_path: Path, change: dict[str, object]) -> None:
    path = save_run("a", p95_ms=3.0) / "latency.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), "utf-8")
    (run,) = read_runs(tmp_path / "runs").runs
    assert run.latency is None
    assert next(iter(change)) in run.faults[0]


def test_rows_end_at_line_feeds_only(tmp_path: Path, write_rows: Write) -> None:
    rows = [{"text": "one\u2028two\u0085three\r"}, {"text": "four"}]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    assert read_rows(path) == rows


@pytest.mark.parametrize(
    ("content", "message"), [(b'{"a": 1}\n\n', "line 2"), (b"1\n", "line 1: expected a JSON object"), (b"\xff", "line 1")]
)
def test_a_broken_row_is_named_by_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "rows.jsonl").write_bytes(content)
    with pytest.raises(StorageError, match=message):
        read_rows(tmp_path / "rows.jsonl")
    with pytest.raises(StorageError, match=r"absent\.jsonl does not exist"):
        read_rows(tmp_path / "absent.jsonl")
