"""MLflow on real sqlite files; nothing is mocked."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlpref import tracking
from nlpref.errors import InputError, MissingResourceError
from nlpref.protocols import Tracker
from nlpref.provenance import git_state
from nlpref.tracking import MlflowTracker, NullTracker, flatten

PROCESSES = 8
WORKER = """
import sys
from nlpref.tracking import MlflowTracker

uri, number = sys.argv[1], int(sys.argv[2])
with MlflowTracker(uri, run_name=f"run-{number}") as tracker:
    tracker.log_params({"number": number})
    for step in range(5):
        tracker.log_metrics({"loss": number + step / 10}, step=step)
"""


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('a folder')}/mlflow.db"


@pytest.fixture(scope="module")
def folder(uri: str) -> Path:
    return Path(uri.removeprefix("sqlite:///")).parent


@pytest.fixture
def rows(folder: Path) -> Iterator[sqlite3.Connection]:
    """The file itself, read without MLflow."""
    connection = sqlite3.connect(folder / "mlflow.db")
    yield connection
    connection.close()


def test_contract() -> None:
    assert isinstance(MlflowTracker(), Tracker)
    assert isinstance(NullTracker(), Tracker)


def test_null_tracker_records_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with NullTracker() as tracker:
        tracker.log_params({"a": 1})
        tracker.log_metrics({"a": 1.0}, step=1)
        tracker.log_artifacts(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_records_params_metrics_tags_and_files(uri: str, folder: Path, rows: sqlite3.Connection, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"123")
    with MlflowTracker(uri, experiment="first one", run_name="r", tags={"dataset": "supportdesk"}) as tracker:
        tracker.log_params({"classifier": {"name": "tfidf", "ngrams": [1, 2]}, "seed": 1})
        tracker.log_params({"many": {str(number): number for number in range(250)}})
        tracker.log_metrics({"ndcg@10": 0.25, "loss": float("nan")}, step=3)
        tracker.log_artifacts(tmp_path)
    run = tracker.active_run_id_
    params = dict(rows.execute("SELECT key, value FROM params WHERE run_uuid = ?", [run]))
    assert params.items() >= {"classifier.name": "tfidf", "classifier.ngrams": "[1, 2]", "seed": "1", "many.249": "249"}.items()
    metrics = rows.execute("SELECT key, value, step, is_nan FROM metrics WHERE run_uuid = ? ORDER BY key", [run]).fetchall()
    assert metrics == [("loss", 0.0, 3, 1), ("ndcg_at_10", 0.25, 3, 0)]
    tags = dict(rows.execute("SELECT key, value FROM tags WHERE run_uuid = ?", [run]))
    assert tags.items() >= {"dataset": "supportdesk", "mlflow.runName": "r", **git_state()}.items()
    assert rows.execute("SELECT status FROM runs WHERE run_uuid = ?", [run]).fetchone() == ("FINISHED",)
    assert (folder / "mlruns" / "first one" / run / "artifacts" / "model" / "weights.bin").read_bytes() == b"123"


@pytest.mark.parametrize(("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_an_error_ends_the_run(uri: str, rows: sqlite3.Connection, error: type[BaseException], status: str) -> None:
    tracker = MlflowTracker(uri)
    with pytest.raises(error), tracker:
        raise error
    assert rows.execute("SELECT status FROM runs WHERE run_uuid = ?", [tracker.active_run_id_]).fetchone() == (status,)


def test_run_file_continues_the_run(uri: str, rows: sqlite3.Connection, tmp_path: Path) -> None:
    file = tmp_path / "run" / "mlflow_run"
    with MlflowTracker(uri, run_file=file) as first:
        first.log_params({"seed": 1})
        first.log_metrics({"loss": 2.0}, step=1)
    with MlflowTracker(uri, run_file=file) as second:
        assert rows.execute("SELECT status FROM runs WHERE run_uuid = ?", [first.active_run_id_]).fetchone() == ("RUNNING",)
        second.log_params({"seed": 1, "added": 2})
        second.log_metrics({"loss": 1.0}, step=2)
        with pytest.raises(InputError, match=r"seed was '1', now '2'"):
            second.log_params({"seed": 2})
    assert first.active_run_id_ == second.active_run_id_ == file.read_text().strip()
    points = rows.execute("SELECT step, value FROM metrics WHERE run_uuid = ? ORDER BY step", [first.active_run_id_])
    assert points.fetchall() == [(1, 2.0), (2, 1.0)]
    with MlflowTracker(uri, run_id=first.active_run_id_) as third:
        assert third.active_run_id_ == first.active_run_id_


def test_run_file_of_a_forgotten_run_starts_anew(uri: str, tmp_path: Path) -> None:
    file = tmp_path / "mlflow_run"
    file.write_text("0" * 32)
    with MlflowTracker(uri, run_file=file) as tracker:
        assert tracker.active_run_id_ == file.read_text().strip() != "0" * 32


def test_unknown_run_id(uri: str) -> None:
    with pytest.raises(InputError, match="has no run 'absent'"), MlflowTracker(uri, run_id="absent"):
        pass


@pytest.mark.parametrize("bad", ["sqlite://", "sqlite:///", "sqlite:mlflow.db", "sqlite:///:memory:"])
def test_address_without_a_file(bad: str) -> None:
    with pytest.raises(InputError, match="expected a file"), MlflowTracker(bad):
        pass


def test_failure_shows_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    not_a_database = tmp_path / "text.db"
    not_a_database.write_text("this is no database, but a text that is long enough to be looked at")
    for bad in (f"sqlite:///{tmp_path}/file/mlflow.db", f"sqlite:///{not_a_database}"):
        with pytest.raises(MissingResourceError, match="cannot record at"), MlflowTracker(bad):
            pass


def test_absent_server_fails_soon() -> None:
    with pytest.raises(MissingResourceError, match="tracker=none"), MlflowTracker("http://127.0.0.1:9"):
        pass
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_closed_tracker_and_bad_values(uri: str, tmp_path: Path) -> None:
    tracker = MlflowTracker(uri)
    with pytest.raises(InputError, match="not open"):
        tracker.log_params({})
    with tracker:
        with pytest.raises(InputError, match="metric 'f1' is 'high', expected a number"):
            tracker.log_metrics({"f1": "high"})  # type: ignore[dict-item]
        with pytest.raises(InputError, match="expects a folder"):
            tracker.log_artifacts(tmp_path / "absent")
    with pytest.raises(InputError, match="not open"):
        tracker.log_metrics({"f1": 1.0})


def test_other_ranks_record_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    with MlflowTracker(f"sqlite:///{tmp_path}/mlflow.db") as tracker:
        tracker.log_params({"a": 1})
        tracker.log_metrics({"a": 1.0})
        tracker.log_artifacts(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_eight_processes_on_a_fresh_file_all_land(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    command = [sys.executable, "-c", WORKER, uri]
    environment = {**os.environ, "PYTHONPATH": str(Path(tracking.__file__).parents[1])}
    started = [
        subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE, text=True, env=environment)
        for number in range(PROCESSES)
    ]
    said = [process.communicate(timeout=300)[1] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES, said
    assert "".join(said) == "", "MLflow should be silent"
    connection = sqlite3.connect(tmp_path / "mlflow.db")
    runs = connection.execute("SELECT name, status FROM runs ORDER BY name").fetchall()
    points = connection.execute("SELECT COUNT(*), COUNT(DISTINCT run_uuid) FROM metrics").fetchone()
    connection.close()
    assert runs == [(f"run-{number}", "FINISHED") for number in range(PROCESSES)]
    assert points == (PROCESSES * 5, PROCESSES)


def test_long_values_are_cut_with_a_mark() -> None:
    value = flatten({"texts": "x" * 6000})["texts"]
    assert len(value) < 6000
    assert value.endswith("... (cut, 6000 characters in all)")


def test_flatten_keeps_empty_and_odd_values() -> None:
    flat = flatten({"a": {"b": {}, "c": [], "d": None, "e": True, "f": Path("x/y")}})
    assert flat == {"a.b": "{}", "a.c": "[]", "a.d": "null", "a.e": "true", "a.f": "x/y"}
