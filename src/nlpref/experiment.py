"""One run: fit, save, evaluate, record. Takes objects, never a configuration file.

A run's folder holds ``config.yaml``, ``model/``, ``predictions.jsonl``, ``result.json``,
``environment.json`` and ``history.jsonl``. A run that was interrupted continues where it stopped; one
that is complete is returned as it is.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpref import machine, storage
from nlpref.errors import InputError, StorageError
from nlpref.latency import timed
from nlpref.neural.session import training_session
from nlpref.protocols import Tracker
from nlpref.results import EvalResult
from nlpref.tasks import Evaluation, Task

__all__ = ["Run", "evaluate", "fit_and_evaluate", "saved_model"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What names a run and where it is kept.

    Args:
        name: Short name of the model for tables.
        folder: Where everything of the run is written.
        seed: Seed of the run.
        experiment: Name of the experiment configuration, or empty.
        config_hash: Fingerprint of the configuration; a folder belongs to one fingerprint.
        config_text: The resolved configuration as YAML.
        params: The same as a mapping, for the tracker.
    """

    name: str
    folder: Path
    seed: int = 0
    experiment: str = ""
    config_hash: str = ""
    config_text: str = ""
    params: Mapping[str, Any] | None = None


def fit_and_evaluate(
    run: Run, task: Task, dataset: Any, model: Any, tracker: Tracker, *, split: str = "test", progress: bool = False
) -> EvalResult | None:
    """Train a model, save it, score it on a split, and record all of it.

    Returns:
        The result; None in the processes of ``torchrun`` but the first.

    Raises:
        StorageError: if the folder holds a run of another configuration.
        InputError: if the data set lacks the split.
    """
    if split not in dataset.splits:
        raise InputError(f"data set {dataset.name} has no split {split!r}; it has: {', '.join(dataset.splits)}")
    if os.environ.get("RANK", "0") != "0":  # under torchrun, the first process writes; the others only train with it
        if not (run.folder / "model" / storage.MANIFEST).exists():
            with training_session(run.folder / "checkpoints"):
                task.fit(model, dataset)
        return None
    run.folder.mkdir(parents=True, exist_ok=True)
    finished = _finished(run)
    if finished is not None:
        log.info("%s is complete; nothing to do (overwrite=true starts anew)", run.folder)
        return finished
    storage.write_text(run.folder / "config.yaml", run.config_text)
    with tracker:
        tracker.log_params({**(run.params or {}), "dataset_revision": dataset.revision})
        model, seconds = _trained(run, task, dataset, model, tracker, progress)
        evaluation = task.evaluate(model, dataset.split(split), progress=progress)
        result = _record(run, task, dataset, split, evaluation, {"fit_s": seconds} if seconds is not None else {})
        tracker.log_metrics({f"{split}_{name}": estimate.value for name, estimate in result.metrics.items()})
        tracker.log_artifacts(run.folder)
    return result


def evaluate(run: Run, task: Task, dataset: Any, model: Any, *, split: str = "test", progress: bool = False) -> EvalResult:
    """Score a trained model on a split of a data set and write the record into ``run.folder``."""
    if split not in dataset.splits:
        raise InputError(f"data set {dataset.name} has no split {split!r}; it has: {', '.join(dataset.splits)}")
    run.folder.mkdir(parents=True, exist_ok=True)
    return _record(run, task, dataset, split, task.evaluate(model, dataset.split(split), progress=progress), {})


def _finished(run: Run) -> EvalResult | None:
    """The result of a complete run of the same configuration, if the folder holds one."""
    marker, found = run.folder / "fingerprint.txt", run.folder / "result.json"
    if marker.exists():
        other = marker.read_text("utf-8").strip()
        if other != run.config_hash:
            raise StorageError(
                f"{run.folder} holds a run of another configuration (fingerprint {other}, this one is {run.config_hash}); "
                "choose another hydra.run.dir, or overwrite=true to start anew"
            )
    else:
        storage.write_text(marker, run.config_hash + "\n")
    return EvalResult.load(found) if found.exists() else None


def _trained(run: Run, task: Task, dataset: Any, model: Any, tracker: Tracker, progress: bool) -> tuple[Any, float | None]:
    """The fitted model: read back if an interrupted run had already saved it, else trained and saved."""
    saved, checkpoints, history = run.folder / "model", run.folder / "checkpoints", run.folder / "history.jsonl"
    if (saved / storage.MANIFEST).exists():
        log.info("training was complete; reading %s", saved)
        shutil.rmtree(checkpoints, ignore_errors=True)
        return storage.load_component(saved, (*storage.TRUSTED_MODULES, type(model).__module__.partition(".")[0])), None

    def listen(metrics: Mapping[str, float], step: int) -> None:
        tracker.log_metrics(metrics, step)
        with history.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": step, **metrics}) + "\n")

    with training_session(checkpoints, listen, progress), timed() as watch:
        task.fit(model, dataset)
    model.save(saved)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return model, watch.seconds


def _record(run: Run, task: Task, dataset: Any, split: str, evaluation: Evaluation, extra: Mapping[str, Any]) -> EvalResult:
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in evaluation.rows)
    storage.write_text(run.folder / "predictions.jsonl", rows)
    surroundings = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()}
    storage.write_json(run.folder / "environment.json", surroundings)
    result = EvalResult(
        task=task.name,
        dataset={"name": dataset.name, "revision": dataset.revision},
        model=run.name,
        experiment=run.experiment,
        split=split,
        n=len(evaluation.rows),
        seed=run.seed,
        config_hash=run.config_hash,
        metrics=evaluation.metrics,
        primary=task.primary,
        scores=evaluation.scores,
        details={**evaluation.details, **extra, "dataset_notes": dict(getattr(dataset, "notes", {}))},
        environment=surroundings,
    )
    result.save(run.folder / "result.json")
    return result


def saved_model(folder: Path, trusted: Sequence[str] = storage.TRUSTED_MODULES) -> Any:
    """The model of a run's folder.

    Raises:
        StorageError: if the folder is not a finished run.
    """
    if not (Path(folder) / "model").is_dir():
        raise StorageError(f"{folder} is not the folder of a finished run: it holds no model/; give run=FOLDER of a training run")
    return storage.load_component(Path(folder) / "model", trusted)
