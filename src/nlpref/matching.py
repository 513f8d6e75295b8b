"""Whether a task, a data set and a model belong together, found out before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlpref.errors import InputError
from nlpref.types import JudgedQuery, LabelledText, TaggedTokens

__all__ = ["check_examples", "check_model", "unknown_labels"]

_EXAMPLES: Mapping[str, type] = {"classification": LabelledText, "ner": TaggedTokens, "retrieval": JudgedQuery}
_PROBES = 16
"""Queries that are tried to see which collection a retriever searches."""


def check_examples(task: str, dataset: Any, split: str) -> None:
    """Refuse a data set that lacks the split, or that is for another task.

    Raises:
        InputError: naming what the data set has.
    """
    if split not in dataset.splits:
        raise InputError(f"data set {dataset.name} has no split {split!r}; it has: {', '.join(dataset.splits)}")
    first = dataset.split(split)[0]
    if task in _EXAMPLES and not isinstance(first, _EXAMPLES[task]):
        fitting = [name for name, kind in _EXAMPLES.items() if isinstance(first, kind)]
        hint = f"; it is for task={fitting[0]}" if fitting else ""
        raise InputError(
            f"task={task} works on {_EXAMPLES[task].__name__}, but the data set {dataset.name} holds {type(first).__name__}{hint}"
        )


def check_model(task: str, model: Any, dataset: Any, split: str) -> None:
    """Refuse data that a trained model can have no right answer for.

    Raises:
        InputError: if none of the labels is one of the model's, or it searches another collection of documents.
    """
    examples = dataset.split(split)
    if task == "retrieval":
        _check_collection(model, dataset, examples)
        return
    labels = _labels(examples)
    if labels and len(unknown_labels(model, examples)) == len(labels):
        raise InputError(
            f"none of the labels of {dataset.name} {split} is one that the model knows: given {_some(labels)}; "
            f"the model knows {_some(model.labels)}. Rename one or the other, or train on these data"
        )


def unknown_labels(model: Any, examples: Any) -> list[str]:
    """Labels among classification or tagging examples that the model does not know, sorted."""
    return sorted(_labels(examples) - set(model.labels))


def _labels(examples: Any) -> set[str]:
    found: set[str] = set()
    for example in examples:
        found.update([example.label] if isinstance(example, LabelledText) else [span.label for span in example.spans])
    return found


def _check_collection(model: Any, dataset: Any, queries: Any) -> None:
    known = {document.id for document in dataset.documents}
    for hits in model.search([query.text for query in queries[:_PROBES]], 10):
        for hit in hits:
            if hit.id not in known:
                raise InputError(
                    f"the model searches a collection that has the document {hit.id!r}, which {dataset.name} lacks: a retriever "
                    "finds what it was fitted on. Train one on these data (python -m nlpref.train task=retrieval dataset=...)"
                )


def _some(labels: Any) -> str:
    ordered = sorted(labels)
    return ", ".join(map(repr, ordered[:5])) + (f" and {len(ordered) - 5} more" if len(ordered) > 5 else "")
