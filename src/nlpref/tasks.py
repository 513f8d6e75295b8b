"""The three tasks: how each trains a model on a data set and scores its predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from nlpref.errors import InputError
from nlpref.metrics.classification import classification_estimates, confusion_matrix, per_example, per_label, predicted_labels
from nlpref.metrics.out_of_scope import detection_estimates, scope_estimates
from nlpref.metrics.ranking import score_queries
from nlpref.metrics.span_reliability import span_reliability
from nlpref.metrics.spans import per_type, per_type_intervals, span_counts, span_estimates
from nlpref.protocols import Decider, Retriever, TextClassifier, TokenTagger
from nlpref.results import Estimate
from nlpref.types import JudgedQuery, LabelledText, Span, TaggedTokens

__all__ = ["TASKS", "Evaluation", "Task", "task_named"]

CHUNK = 512
DEPTH = 100
"""Hits asked for in an evaluation, so that recall@100 is defined."""

T = TypeVar("T")


@dataclass(frozen=True)
class Evaluation:
    """Predictions of one model on one split, scored.

    Args:
        rows: One JSON record for each example, for ``predictions.jsonl``.
        metrics: Estimates by name.
        scores: Scores by name, one for each example.
        details: More for the report.
    """

    rows: Sequence[Mapping[str, Any]]
    metrics: Mapping[str, Estimate]
    scores: Mapping[str, Sequence[float]]
    details: Mapping[str, Any]


class Task(Protocol):
    """What differs between tasks; everything else about a run is the same for all."""

    @property
    def name(self) -> str: ...

    @property
    def primary(self) -> str:
        """The metric by which models are compared, higher is better."""
        ...

    def fit(self, model: Any, dataset: Any) -> None: ...

    def evaluate(self, model: Any, examples: Sequence[Any], *, progress: bool = False) -> Evaluation: ...

    def inputs(self, examples: Sequence[Any]) -> list[Any]:
        """What the model is given for each example, for timing."""
        ...

    @property
    def method(self) -> str:
        """Name of the model's public prediction method, for timing."""
        ...


class _Classification:
    name = "classification"
    primary = "f1_macro"
    method = "predict_proba"

    def fit(self, model: TextClassifier, dataset: Any) -> None:
        model.fit(dataset.split("train"), _validation(dataset))

    def evaluate(self, model: TextClassifier, examples: Sequence[LabelledText], *, progress: bool = False) -> Evaluation:
        texts = [example.text for example in examples]
        gold = [example.label for example in examples]
        parts = [model.predict_proba(chunk) for chunk in _chunks(texts, progress)]
        probabilities = np.concatenate(parts) if parts else np.zeros((0, len(model.labels)), np.float32)
        predicted = predicted_labels(probabilities, model.labels)
        decided = [asdict(one) for one in model.decisions(probabilities)] if isinstance(model, Decider) else [None] * len(gold)
        rows = [
            {
                "id": example.id,
                "text": example.text,
                "gold": example.label,
                "predicted": answer,
                "probability": float(row.max()),
                "probabilities": {model.labels[column]: float(row[column]) for column in np.argsort(-row)[:5]},
                **({"decision": decision} if decision else {}),
                **({"facts": dict(example.facts)} if example.facts else {}),
            }
            for example, answer, row, decision in zip(examples, predicted, probabilities, decided, strict=True)
        ]
        details: dict[str, Any] = {
            "confusion_matrix": confusion_matrix(gold, predicted, model.labels),
            "per_label": per_label(gold, predicted, model.labels),
            **_described(model, examples),
            **_functions(model, examples),
        }
        if hasattr(model, "exceeds") and hasattr(model, "long_texts"):
            details["long_texts"] = {model.long_texts: int(model.exceeds([example.text for example in examples]).sum())}
        metrics = classification_estimates(gold, probabilities, model.labels)
        if hasattr(model, "out_of_scope") and examples:
            found, details["scope_scores"] = _scope(model, texts, gold, probabilities)
            metrics = {**metrics, **found}
        return Evaluation(rows, metrics, per_example(gold, probabilities, model.labels), details)

    def inputs(self, examples: Sequence[LabelledText]) -> list[str]:
        return [example.text for example in examples]


class _Ner:
    name = "ner"
    primary = "f1_micro"
    method = "predict"

    def fit(self, model: TokenTagger, dataset: Any) -> None:
        model.fit(dataset.split("train"), _validation(dataset))

    def evaluate(self, model: TokenTagger, examples: Sequence[TaggedTokens], *, progress: bool = False) -> Evaluation:
        gold = [list(example.spans) for example in examples]
        predicted = [spans for chunk in _chunks([e.tokens for e in examples], progress) for spans in model.predict(chunk)]
        rows = [
            {
                "id": example.id,
                "tokens": list(example.tokens),
                "gold": [_span_row(span) for span in example.spans],
                "predicted": [{**_span_row(span), "score": span.score} for span in spans],
            }
            for example, spans in zip(examples, predicted, strict=True)
        ]
        counts = span_counts(gold, predicted)
        scores = {name: counts[:, column].tolist() for column, name in enumerate(("correct", "spurious", "missed"))}
        reliability = span_reliability(gold, predicted)
        metrics = span_estimates(gold, predicted)
        if "ece" in reliability:  # absent where nothing was found
            metrics = {**metrics, "span_ece": Estimate(**reliability["ece"])}
        details = {
            "per_type": per_type(gold, predicted),
            "per_type_intervals": per_type_intervals(gold, predicted),
            "span_reliability": reliability,
            **_described(model, examples),
        }
        return Evaluation(rows, metrics, scores, details)

    def inputs(self, examples: Sequence[TaggedTokens]) -> list[list[str]]:
        return [list(example.tokens) for example in examples]


class _Retrieval:
    name = "retrieval"
    primary = "ndcg@10"
    method = "search"

    def fit(self, model: Retriever, dataset: Any) -> None:
        model.fit(dataset.documents, dataset.split("train") if "train" in dataset.splits else (), _validation(dataset))

    def evaluate(self, model: Retriever, examples: Sequence[JudgedQuery], *, progress: bool = False) -> Evaluation:
        hits = [found for chunk in _chunks([e.text for e in examples], progress, size=16) for found in model.search(chunk, DEPTH)]
        rows = [
            {
                "id": query.id,
                "query": query.text,
                "relevance": dict(query.relevance),
                "hits": [{"id": hit.id, "score": hit.score} for hit in found],
            }
            for query, found in zip(examples, hits, strict=True)
        ]
        scored = score_queries([query.relevance for query in examples], [[hit.id for hit in found] for found in hits])
        details = {
            "scored_queries": list(scored.queries),
            "skipped_queries": scored.skipped,
            **_choices(model),
            **_described(model, examples),
        }
        return Evaluation(rows, scored.estimates(), scored.scores, details)

    def inputs(self, examples: Sequence[JudgedQuery]) -> list[str]:
        return [example.text for example in examples]


TASKS: Mapping[str, Task] = {task.name: task for task in (_Classification(), _Ner(), _Retrieval())}
"""The tasks by name."""


def task_named(name: str) -> Task:
    """A task by name.

    Raises:
        InputError: naming the tasks that there are.
    """
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}; there are: {', '.join(TASKS)}")
    return TASKS[name]


def _validation(dataset: Any) -> Sequence[Any]:
    found: Sequence[Any] = dataset.split("validation") if "validation" in dataset.splits else ()
    return found


def _chunks(items: Sequence[T], progress: bool, size: int = CHUNK) -> Iterator[Sequence[T]]:
    with tqdm(total=len(items), desc="predicting", unit="ex", disable=not progress, leave=False) as bar:
        for start in range(0, len(items), size):
            chunk = items[start : start + size]
            yield chunk
            bar.update(len(chunk))


def _span_row(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label}


def _described(model: Any, examples: Sequence[Any]) -> dict[str, Any]:
    """What a model that is made of others says of the examples: the stages of a cascade, or what a decision component did."""
    if not hasattr(model, "describe") or not len(examples):
        return {}
    found = model.describe(examples)
    return {"stages": found} if isinstance(found, list) else dict(found)


def _functions(model: Any, examples: Sequence[LabelledText]) -> dict[str, Any]:
    """What labelling functions would have said of the examples, and what was learned from them in training."""
    if not (hasattr(model, "describe_functions") and len(examples)):
        return {}
    return {"labelling_functions": model.describe_functions(examples), "weak_training": asdict(model.training_)}


def _scope(
    model: Any, texts: Sequence[str], gold: Sequence[str], probabilities: NDArray[np.float32]
) -> tuple[dict[str, Estimate], dict[str, Any]]:
    """How well a model rejects texts out of scope, and what each of its scores could do by itself, with intervals."""
    outside = model.out_of_scope
    names = [label for label in model.labels if label != outside]
    best = predicted_labels(probabilities[:, [label != outside for label in model.labels]], names)
    right = np.array([one == other for one, other in zip(best, gold, strict=True)])
    inside = np.array([label != outside for label in gold])
    metrics = scope_estimates(gold, predicted_labels(probabilities, model.labels), outside)
    if inside.all() or not inside.any():
        return metrics, {}
    by_score = {name: detection_estimates(scores, right, inside) for name, scores in model.scope_scores(texts).items()}
    details = {name: {what: asdict(one) for what, one in found.items()} for name, found in by_score.items()}
    return {**metrics, "out_of_scope_auroc": by_score["combined"]["auroc"]}, details


def _choices(model: Any) -> dict[str, Any]:
    """What a composite chose on training or validation queries."""
    names = ("weight_", "blend_")
    chosen: dict[str, Any] = {name.rstrip("_"): float(getattr(model, name)) for name in names if hasattr(model, name)}
    if getattr(model, "verdict_", None) is not None:
        chosen["guard"] = asdict(model.verdict_)
    if getattr(model, "promise_", None) is not None:
        chosen["promise"] = asdict(model.promise_)
    tried = getattr(model, "blends_tried_", None) or getattr(model, "weights_tried_", None)
    return {**chosen, "tried": [[float(share), float(score)] for share, score in tried.items()]} if tried else chosen
