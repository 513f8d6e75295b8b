"""Where a run is recorded: MLflow, or nowhere. The only importer of mlflow."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlparse
from urllib.request import url2pathname

from filelock import FileLock

import nlpref
from nlpref.errors import InputError, MissingResourceError
from nlpref.provenance import git_state
from nlpref.storage import write_text

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["MlflowTracker", "NullTracker", "flatten"]

LONGEST_VALUE = 5_000
"""Characters of a parameter that are kept; MLflow refuses or silently cuts at 6,000."""
LOCK_TIMEOUT_S = 300.0
BATCH = 100
SQLITE = "sqlite:///"
T = TypeVar("T")


class NullTracker:
    """Fulfils the Tracker contract and records nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Ignore parameters."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Ignore metrics."""

    def log_artifacts(self, folder: Path) -> None:
        """Ignore artifacts."""


class MlflowTracker:
    """Records one run in MLflow.

    Opening it (``with``) starts the run, so a store that cannot record is found out before training. On an
    error inside the block the run ends as FAILED, on Ctrl-C as KILLED; a run that was killed outright stays
    RUNNING and goes on when it is opened again by its id. In a distributed training only rank 0 records.

    With sqlite, any number of processes may share one file: writes take turns by a lock file beside it.
    Artifacts then go to the folder ``mlruns`` beside the file.

    Args:
        uri: MLflow tracking address: ``sqlite:///`` and a file, or a server.
        experiment: Name that groups runs; made when new.
        run_name: Name shown for the run; MLflow invents one if it is None.
        tags: Further tags. The git commit and the version of nlpref are added.
        run_id: Go on with this run, which must exist.
        run_file: File that remembers the run's id: written for a new run, and if it is there and MLflow still
            knows the run, that run goes on. A restarted training so stays one run.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, MlflowTracker(f"sqlite:///{folder}/mlflow.db") as tracker:
        ...     tracker.log_params({"classifier": {"name": "tfidf"}})
        ...     tracker.log_metrics({"accuracy": 0.5}, step=1)
    """

    def __init__(
        self,
        uri: str = "sqlite:///mlflow.db",
        experiment: str = "nlpref",
        run_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_id: str | None = None,
        run_file: str | Path | None = None,
    ) -> None:
        self.uri = uri
        self.experiment = experiment
        self.run_name = run_name
        self.tags = tags
        self.run_id = run_id
        self.run_file = run_file
        self._open = self._recording = False

    def __enter__(self) -> Self:
        """Start the run, or go on with it.

        Raises:
            InputError: if the uri names no file, or ``run_id`` names no run.
            MissingResourceError: if MLflow cannot record there.
        """
        if os.environ.get("RANK", "0") != "0":
            self._open = True
            return self
        database = _database(self.uri)
        try:
            if database is not None:
                database.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _turns(database)
            with self._lock, _impatient():
                self._client = _client(self.uri, database)
                self.active_run_id_ = self._continued() or self._started(database)
        except InputError:
            raise
        except Exception as error:
            raise MissingResourceError(
                f"MLflow cannot record at {self.uri!r} ({type(error).__name__}: {error}). Give a place that can be "
                "written, such as uri='sqlite:///mlflow.db', or record nothing: tracker=none (in Python, NullTracker)."
            ) from error
        self._open = self._recording = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        recording = self._recording
        self._open = self._recording = False
        if not recording:
            return
        status = "FINISHED" if kind is None else "KILLED" if issubclass(kind, KeyboardInterrupt) else "FAILED"
        with self._lock:
            self._client.set_terminated(self.active_run_id_, status)

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; nested ones as ``a.b.c``, values over 5,000 characters cut with a mark.

        Raises:
            InputError: if the run was continued and holds another value for one of them.
        """
        if not self._records():
            return
        from mlflow.entities import Param

        new = {_name(name): value for name, value in flatten(params).items()}
        with self._lock:
            held = self._client.get_run(self.active_run_id_).data.params
            changed = [f"{name} was {held[name]!r}, now {new[name]!r}" for name in new if held.get(name, new[name]) != new[name]]
            if changed:
                raise InputError(
                    f"MLflow run {self.active_run_id_} goes on with other parameters: {'; '.join(changed)}. "
                    "Keep them as they were, or start a new run in another folder."
                )
            fresh = [Param(name, value) for name, value in new.items() if name not in held]
            for some in _chunks(fresh):
                self._client.log_batch(self.active_run_id_, params=some)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics at a step. MLflow allows no ``@`` in names: ``ndcg@10`` becomes ``ndcg_at_10``.

        Raises:
            InputError: if a value is not a number.
        """
        if not self._records():
            return
        from mlflow.entities import Metric
        from mlflow.utils.time import get_current_time_millis

        now: int = get_current_time_millis()  # type: ignore[no-untyped-call]
        values = [Metric(_name(name), _number(name, value), now, step or 0) for name, value in metrics.items()]
        with self._lock:
            for some in _chunks(values):
                self._client.log_batch(self.active_run_id_, metrics=some)

    def log_artifacts(self, folder: Path) -> None:
        """Copy a folder's content to the run.

        Raises:
            InputError: if there is no such folder.
        """
        recording = self._records()
        if not Path(folder).is_dir():
            raise InputError(f"log_artifacts expects a folder, but {folder} is none")
        if recording:
            self._client.log_artifacts(self.active_run_id_, str(folder))

    def _records(self) -> bool:
        if not self._open:
            raise InputError("the tracker is not open; use it as `with tracker: ...`")
        return self._recording

    def _continued(self) -> str | None:
        """Id of the run to go on with, set to RUNNING again."""
        from mlflow.exceptions import MlflowException

        file = Path(self.run_file) if self.run_file is not None else None
        run_id = self.run_id or (file.read_text("utf-8").strip() if file is not None and file.is_file() else None)
        if not run_id:
            return None
        try:
            self._client.update_run(run_id, status="RUNNING")
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "INVALID_STATE"):
                raise
            if self.run_id:
                raise InputError(f"MLflow at {self.uri!r} has no run {run_id!r} to go on with") from error
            return None
        return run_id

    def _started(self, database: Path | None) -> str:
        client = self._client
        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            where = None if database is None else (database.parent / "mlruns" / _name(self.experiment)).as_uri()
            experiment_id = client.create_experiment(self.experiment, artifact_location=where)
        else:
            experiment_id = found.experiment_id
        git = git_state()
        tags = {"nlpref.version": nlpref.__version__, **git, **(self.tags or {})}
        if git:
            tags["mlflow.source.git.commit"] = git["git.commit"]
        run = client.create_run(experiment_id, run_name=self.run_name, tags={name: str(tag) for name, tag in tags.items()})
        if database is not None:
            Path(url2pathname(urlparse(run.info.artifact_uri).path)).mkdir(parents=True, exist_ok=True)
        if self.run_file is not None:
            write_text(Path(self.run_file), run.info.run_id + "\n")
        return str(run.info.run_id)


def flatten(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested parameters as ``{"a.b": text}``; what is not text becomes JSON, long values are cut with a mark.

    Example:
        >>> flatten({"classifier": {"c": 1.0, "ngrams": [1, 2]}, "seed": None})
        {'classifier.c': '1.0', 'classifier.ngrams': '[1, 2]', 'seed': 'null'}
    """
    flat: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            text = str(value) if isinstance(value, str | Path) else json.dumps(value, default=str, ensure_ascii=False)
            cut = f"{text[:LONGEST_VALUE]}... (cut, {len(text)} characters in all)"
            flat[f"{prefix}{name}"] = cut if len(text) > LONGEST_VALUE else text
    return flat


def _database(uri: str) -> Path | None:
    """The sqlite file of an address, None for other stores."""
    if not uri.startswith("sqlite:"):
        return None
    name = uri.removeprefix(SQLITE).partition("?")[0]
    if not uri.startswith(SQLITE) or not name or name == ":memory:":
        raise InputError(f"uri is {uri!r}, expected a file, such as 'sqlite:///mlflow.db' or 'sqlite:////srv/mlflow.db'")
    return Path(name).absolute()


def _turns(database: Path | None) -> AbstractContextManager[Any]:
    return nullcontext() if database is None else FileLock(f"{database}.lock", timeout=LOCK_TIMEOUT_S)


def _client(uri: str, database: Path | None) -> MlflowClient:
    for name, value in (("MLFLOW_DISABLE_TELEMETRY", "true"), ("MLFLOW_LOGGING_LEVEL", "WARNING")):
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    if database is not None:
        if not database.exists():
            made = sqlite3.connect(database)
            made.execute("PRAGMA journal_mode=WAL")  # readers, such as the MLflow page, do not hold up writers
            made.close()
        uri = f"{SQLITE}{database}?timeout=60"
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def _impatient() -> Iterator[None]:
    """Let an absent server be known in seconds; MLflow's default tries for minutes."""
    name = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
    mine = name not in os.environ
    os.environ.setdefault(name, "1")
    try:
        yield
    finally:
        if mine:
            del os.environ[name]


def _name(name: str) -> str:
    return re.sub(r"[^\w./ :-]", "_", name.replace("@", "_at_"))[:250]


def _number(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"metric {name!r} is {value!r}, expected a number") from None


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
