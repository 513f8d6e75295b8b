"""One run: fit, save, evaluate, record. Takes objects, never a configuration file.

A run's folder holds ``config.yaml``, ``model/``, ``predictions.jsonl``, ``result.json``,
``environment.json`` and ``history.jsonl``, that of a classifier or tagger ``familiarity.jsonl`` too, that of a retriever
``documents.jsonl``. A run that was interrupted continues where it stopped; one that is complete is returned as it is.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nlpref import machine, run_folder, storage
from nlpref.data.dataset import split_revision
from nlpref.errors import InputError, StorageError
from nlpref.familiarity import write_entity_familiarity, write_familiarity
from nlpref.found_documents import write_found_documents
from nlpref.latency import timed
from nlpref.matching import check_examples, check_model, unknown_labels
from nlpref.metrics.rarity import rare_label_recall
from nlpref.neural.session import training_session
from nlpref.protocols import Tracker
from nlpref.results import EvalResult
from nlpref.tasks import Evaluation, Task

__all__ = ["Run", "evaluate", "fit_and_evaluate", "record_derived", "record_evaluation", "saved_model"]

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

    Raises:
        InputError: if the seed is no whole number that every library takes.
    """

    name: str
    folder: Path
    seed: int = 0
    experiment: str = ""
    config_hash: str = ""
    config_text: str = ""
    params: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**32:
            raise InputError(f"seed={self.seed}: expected a whole number from 0 to {2**32 - 1}")


def fit_and_evaluate(
    run: Run,
    task: Task,
    dataset: Any,
    model: Any,
    tracker: Tracker,
    *,
    split: str = "test",
    overwrite: bool = False,
    progress: bool = False,
) -> EvalResult | None:
    """Train a model, save it, score it on a split, and record all of it.

    With ``overwrite``, what an earlier run left in the folder is deleted first, and nothing else is.

    Returns:
        The result; None in the processes of ``torchrun`` but the first.

    Raises:
        StorageError: if the folder holds a run of another configuration or on other data, or is not that of a run.
        InputError: if the data set lacks the split or is for another task, or the model would be scored on
            a split that it learns from.
    """
    check_examples(task.name, dataset, split)
    for switch in ("refit", "use_validation"):
        if split == "validation" and getattr(model, switch, False):
            raise InputError(
                f"with {switch}=True, {type(model).__name__} learns from validation; set {switch}=False to score it there"
            )
    if os.environ.get("RANK", "0") != "0":  # under torchrun, the first process writes; the others only train with it
        if overwrite or not (run.folder / "model" / storage.MANIFEST).exists():
            with training_session(run.folder / "checkpoints"):
                task.fit(model, dataset)
        return None
    run.folder.mkdir(parents=True, exist_ok=True)
    if overwrite:
        run_folder.clear(run.folder)
    run_folder.claim(run.folder, run.config_hash, dataset.revision)
    if (run.folder / "result.json").exists():
        log.info("%s is complete; nothing to do (overwrite=true starts anew)", run.folder)
        return EvalResult.load(run.folder / "result.json")
    _tell_of_leakage(dataset)
    storage.write_text(run.folder / "config.yaml", run.config_text)
    with tracker:
        tracker.log_params({**(run.params or {}), "dataset_revision": dataset.revision})
        model, seconds = _trained(run, task, dataset, model, tracker, progress)
        evaluation = task.evaluate(model, dataset.split(split), progress=progress)
        extra = {"fit_s": seconds} if seconds is not None else {}
        result = record_evaluation(run, task, dataset, split, evaluation, {**extra, **_rare_labels(dataset, evaluation)})
        _tell_of_training(run, task, dataset, evaluation)
        tracker.log_metrics({f"{split}_{name}": estimate.value for name, estimate in result.metrics.items()})
        tracker.log_artifacts(run.folder)
    return result


def evaluate(run: Run, task: Task, dataset: Any, model: Any, *, split: str = "test", progress: bool = False) -> EvalResult:
    """Score a trained model on a split of a data set and write the record into ``run.folder``.

    Raises:
        InputError: if the data set lacks the split, is for another task, or the model can have no right answer for it.
        StorageError: if the folder is that of a training run.
    """
    check_examples(task.name, dataset, split)
    check_model(task.name, model, dataset, split)
    if (run.folder / run_folder.MARKER).exists():
        raise StorageError(f"{run.folder} is the folder of a training run, whose result would be lost; choose another folder")
    if task.name != "retrieval" and (unknown := unknown_labels(model, dataset.split(split))):
        log.warning("the model does not know %s, so it is wrong on every example of these labels", ", ".join(unknown))
    run.folder.mkdir(parents=True, exist_ok=True)
    return record_evaluation(run, task, dataset, split, task.evaluate(model, dataset.split(split), progress=progress), {})


def record_derived(
    run: Run,
    task: Task,
    dataset: Any,
    model: Any,
    *,
    split: str,
    details: Mapping[str, Any],
    overwrite: bool = False,
    progress: bool = False,
) -> EvalResult:
    """Save and score a model that was made from a trained one, such as an accelerated one, as a run of its own.

    The folder is there when all of it is done, or not at all.

    Raises:
        StorageError: if the folder holds a run of another configuration or on other data, or is not that of a run.
    """
    if not overwrite and run.folder.is_dir() and any(run.folder.iterdir()):
        run_folder.claim(run.folder, run.config_hash, dataset.revision)
    with storage.replace_folder(run.folder) as made:
        run_folder.claim(made, run.config_hash, dataset.revision)
        storage.write_text(made / "config.yaml", run.config_text)
        model.save(made / "model")
        loaded = storage.load_component(made / "model")  # what is scored is what will be served
        evaluation = task.evaluate(loaded, dataset.split(split), progress=progress)
        _tell_of_training(replace(run, folder=made), task, dataset, evaluation)
        return record_evaluation(replace(run, folder=made), task, dataset, split, evaluation, details)


def _tell_of_training(run: Run, task: Task, dataset: Any, evaluation: Evaluation) -> None:
    """What the report needs of the training texts, since it reads no data."""
    if task.name == "classification":
        write_familiarity(run.folder, dataset.split("train"), evaluation.rows)
    elif task.name == "ner":
        write_entity_familiarity(run.folder, dataset.split("train"), evaluation.rows)


def _tell_of_leakage(dataset: Any) -> None:
    removed: Mapping[str, int] = getattr(dataset, "notes", {}).get("removed", {})
    for where, count in removed.items():
        if count:
            left, right = where.split("_in_")
            log.info("%s: left out of %s, since in %s too: %d", dataset.name, left, right, count)


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


def _rare_labels(dataset: Any, evaluation: Evaluation) -> dict[str, Any]:
    """How well labels were found of which there are few training examples, if examples have one label each."""
    if "per_label" not in evaluation.details:
        return {}
    found = rare_label_recall([example.label for example in dataset.split("train")], evaluation.details["per_label"])
    return {"rare_labels": found} if found else {}


def record_evaluation(
    run: Run, task: Task, dataset: Any, split: str, evaluation: Evaluation, extra: Mapping[str, Any]
) -> EvalResult:
    """Write what was predicted and how it scored into the folder of a run.

    Args:
        run: Whose folder it is.
        task: What was done.
        dataset: On what.
        split: On which of its splits.
        evaluation: Predictions and scores.
        extra: Further details of the record.
    """
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in evaluation.rows)
    storage.write_text(run.folder / "predictions.jsonl", rows)
    if task.name == "retrieval":
        write_found_documents(run.folder, dataset.documents, evaluation.rows)
        extra = {**extra, "documents": len(dataset.documents)}
    surroundings = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()}
    storage.write_json(run.folder / "environment.json", surroundings)
    result = EvalResult(
        task=task.name,
        dataset={"name": dataset.name, "revision": dataset.revision, "scored": split_revision(dataset, split)},
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
