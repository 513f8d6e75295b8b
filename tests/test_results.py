"""Records survive the round trip and refuse what is not a record."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError, StorageError
from nlpref.results import Estimate, EvalResult, LatencyResult


def evaluation(**changes):
    values = {
        "task": "classification",
        "dataset": {"name": "banking77", "revision": "0123456789abcdef"},
        "model": "tfidf",
        "experiment": "banking77_tfidf",
        "split": "test",
        "n": 2,
        "seed": 13,
        "config_hash": "ab12",
        "metrics": {"accuracy": Estimate(0.5, 0.0, 1.0), "log_loss": Estimate(1.25, 1.0, 1.5)},
        "primary": "accuracy",
        "scores": {"accuracy": [1.0, 0.0]},
        "details": {"confusion": {"labels": ["é", "line\nbreak"], "counts": [[1, 0], [1, 0]]}},
        "environment": {"versions": {"python": "3.11"}},
    }
    return EvalResult(**{**values, **changes})


def latency(**changes):
    values = {"model": "tfidf", "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0, "throughput_per_s": 900.0, "batch_size": 32}
    return LatencyResult(**{**values, "n": 100, "threads": 2, **changes})


def test_round_trip_in_memory_and_on_disk(tmp_path):
    for record in (evaluation(), latency(memory_mb=12.5, hardware={"cpu": "x"})):
        path = tmp_path / "deep" / "record.json"
        record.save(path)
        assert type(record).load(path) == record == type(record).from_json(record.to_json())
        assert [entry.name for entry in path.parent.iterdir()] == ["record.json"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_exact(value):
    result = evaluation(metrics={"accuracy": Estimate(value, value, value)}, scores={"accuracy": [value]})
    assert EvalResult.from_json(result.to_json()) == result


def test_shape_of_the_json():
    record = json.loads(evaluation().to_json())
    assert record["metrics"]["accuracy"] == {"value": 0.5, "low": 0.0, "high": 1.0}
    assert record["dataset"] == {"name": "banking77", "revision": "0123456789abcdef"}
    assert list(record)[:4] == ["task", "dataset", "model", "experiment"]


def test_numpy_values_become_json_numbers():
    record = evaluation(n=np.int64(2), scores={"accuracy": np.array([1.0, 0.0])}, details={"counts": np.eye(2, dtype=int)})
    read = json.loads(record.to_json())
    assert (read["n"], read["scores"], read["details"]) == (2, {"accuracy": [1.0, 0.0]}, {"counts": [[1, 0], [0, 1]]})


def test_what_was_not_measured_is_absent():
    read = json.loads(latency().to_json())
    assert not {"memory_mb", "disk_mb", "load_s"} & set(read)


@pytest.mark.parametrize("numbers", [(float("nan"), 0, 1), (0, float("-inf"), 1), (0.5, 0.9, 0.1)])
def test_estimate_refuses(numbers):
    with pytest.raises(InputError, match="low <= high"):
        Estimate(*numbers)


def test_a_value_may_lie_beside_its_interval():
    assert Estimate(0.9, 0.91, 0.95).value == 0.9


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"dataset": {"name": "x"}}, "'name' and 'revision'"), ({"primary": "f1"}, "'f1' is not among the metrics")],
)
def test_evaluation_refuses(changes, message):
    with pytest.raises(InputError, match=message):
        evaluation(**changes)


@pytest.mark.parametrize("details", [{"x": float("nan")}, {"x": {1, 2}}])
def test_what_json_cannot_hold_is_refused_and_leaves_the_old_file(tmp_path, details):
    path = tmp_path / "result.json"
    evaluation().save(path)
    with pytest.raises(InputError, match=r"EvalResult\.details"):
        evaluation(details=details).save(path)
    assert EvalResult.load(path) == evaluation()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: record.pop("split"), "missing 'split'"),
        (lambda record: record.update(extra=1), "unknown 'extra'"),
        (lambda record: record["metrics"]["accuracy"].pop("low"), r"metrics\['accuracy'\].*missing 'low'"),
        (lambda record: record.update(metrics=[1]), "should be"),
        (lambda record: record["metrics"].update(accuracy={"value": 1, "low": 3, "high": 2}), "low <= high"),
        (lambda record: record["metrics"].update(accuracy={"value": "1", "low": 0, "high": 2}), "not a valid Estimate"),
        (lambda record: record.update(primary="f1"), "not a valid EvalResult"),
    ],
)
def test_reading_names_the_fault(change, message):
    record = json.loads(evaluation().to_json())
    change(record)
    with pytest.raises(StorageError, match=message):
        EvalResult.from_json(json.dumps(record))


def test_reading_refuses_other_files(tmp_path):
    with pytest.raises(StorageError, match="does not exist"):
        EvalResult.load(tmp_path / "none.json")
    with pytest.raises(StorageError, match="not valid JSON"):
        LatencyResult.from_json("{")
    with pytest.raises(StorageError, match="a JSON object, got a list"):
        LatencyResult.from_json("[]")


def test_a_failed_write_leaves_nothing(tmp_path):
    (tmp_path / "result.json").mkdir()
    with pytest.raises(OSError, match=r"result\.json"):
        evaluation().save(tmp_path / "result.json")
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]
