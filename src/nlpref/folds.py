"""A retriever on every fold of the queries, joined: each query is scored once, by a model that has not seen it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nlpref import run_folder, storage
from nlpref.data.query_folds import FOLDS, QueryFolds
from nlpref.errors import InputError
from nlpref.experiment import Run, fit_and_evaluate, record_evaluation
from nlpref.metrics.ranking import score_queries
from nlpref.report.runs import read_rows
from nlpref.results import EvalResult
from nlpref.tasks import Evaluation, task_named
from nlpref.tracking import NullTracker

__all__ = ["FOLDER", "evaluate_folds"]

FOLDER = "folds"
"""Folder inside that of the run, with the run of each fold."""
_CHOSEN = ("weight", "blend", "fit_s")


def evaluate_folds(
    run: Run,
    folds: QueryFolds,
    model: Callable[[], Any],
    config_texts: Sequence[str] = (),
    *,
    overwrite: bool = False,
    progress: bool = False,
) -> EvalResult:
    """Train and score a retriever on each fold, and record all queries as one result, of the split ``folds``.

    Folds are runs of their own in ``run.folder/folds``, from 0, so what was interrupted goes on where it stopped. The joined
    record has the form of any other; its ``details["folds"]`` tell what each fold scored and chose. There is no joined model.

    Args:
        run: Names the joined run.
        folds: The collection, divided.
        model: Makes a retriever that is not fitted; called once for each fold.
        config_texts: Resolved configuration of each fold's run, as YAML; none, if there is no configuration.
        overwrite: Delete what an earlier run left in the folder.
        progress: Show progress bars.

    Raises:
        InputError: if there are not as many configurations as folds.
        StorageError: if the folder holds a run of another configuration or on other data, or is not that of a run.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from nlpref.data import RetrievalDataset
        >>> from nlpref.data.query_folds import query_folds
        >>> from nlpref.retrieval import Bm25Retriever
        >>> from nlpref.types import Document, JudgedQuery
        >>> documents = [Document(str(n), f"word{n} text") for n in range(10)]
        >>> queries = [JudgedQuery(f"q{n}", f"word{n}", {str(n): 1}) for n in range(10)]
        >>> made = query_folds(RetrievalDataset("toy", documents, {"test": queries}), folds=2)
        >>> result = evaluate_folds(Run("toy-bm25", Path(mkdtemp())), made, Bm25Retriever)
        >>> result.split, result.n, result.metrics["ndcg@10"].value
        ('folds', 10, 1.0)
    """
    texts = list(config_texts) or [""] * len(folds.parts)
    if len(texts) != len(folds.parts):
        raise InputError(f"{len(folds.parts)} folds need as many configurations, got {len(texts)}")
    task = task_named("retrieval")
    run.folder.mkdir(parents=True, exist_ok=True)
    if overwrite:
        run_folder.clear(run.folder)
    run_folder.claim(run.folder, run.config_hash, folds.whole.revision)
    if (run.folder / "result.json").exists():
        return EvalResult.load(run.folder / "result.json")
    storage.write_text(run.folder / "config.yaml", run.config_text)
    rows: dict[int, Mapping[str, Any]] = {}
    told: list[dict[str, Any]] = []
    for number, (part, places, text) in enumerate(zip(folds.parts, folds.places, texts, strict=True)):
        own = replace(run, folder=run.folder / FOLDER / str(number), config_text=text)
        result = fit_and_evaluate(own, task, part, model(), NullTracker(), progress=progress)
        if result is None:
            raise InputError("folds are trained by one process; start it without torchrun")
        rows |= zip(places, read_rows(own.folder / "predictions.jsonl"), strict=True)
        chosen = {name: result.details[name] for name in _CHOSEN if name in result.details}
        told.append({"n": result.n, result.primary: result.metrics[result.primary].value, **chosen})
    return record_evaluation(run, task, folds.whole, FOLDS, _joined([rows[place] for place in sorted(rows)], told), {})


def _joined(rows: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]) -> Evaluation:
    scored = score_queries([row["relevance"] for row in rows], [[hit["id"] for hit in row["hits"]] for row in rows])
    details = {"scored_queries": list(scored.queries), "skipped_queries": scored.skipped, "folds": list(told)}
    seconds = [one["fit_s"] for one in told if "fit_s" in one]
    if len(seconds) == len(told):
        details["fit_s"] = sum(seconds)
    return Evaluation(rows, scored.estimates(), scored.scores, details)
