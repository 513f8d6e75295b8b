"""The bundled corpus: the customer support of one fictional company, for all three tasks; text written for nlpref."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from typing import Any, Literal, overload

from nlpref.data.beir import read_qrels
from nlpref.data.dataset import InMemoryDataset, RetrievalDataset
from nlpref.data.splits import prepare
from nlpref.errors import InputError, MissingResourceError
from nlpref.text.words import split_words, token_spans
from nlpref.types import Document, JudgedQuery, LabelledText, Span, TaggedTokens

__all__ = ["supportdesk"]

SPLITS = ("train", "validation", "test")
FACTS = ("channel", "date", "segment", "true_intent")


@overload
def supportdesk(
    task: Literal["classification"] = ..., validation_fraction: float | None = ..., seed: int = ...
) -> InMemoryDataset[LabelledText]: ...
@overload
def supportdesk(
    task: Literal["ner"], validation_fraction: float | None = ..., seed: int = ...
) -> InMemoryDataset[TaggedTokens]: ...
@overload
def supportdesk(task: Literal["retrieval"], validation_fraction: float | None = ..., seed: int = ...) -> RetrievalDataset: ...
def supportdesk(task: str = "classification", validation_fraction: float | None = None, seed: int = 0) -> InMemoryDataset[Any]:
    """Tickets with their intent, the same tickets with their entities, or help centre queries with judged articles.

    For classification, ``facts`` holds the channel, date, customer segment and the true intent: a few per cent of the
    labels are wrong, as in life.

    Args:
        task: ``classification``, ``ner`` or ``retrieval``.
        validation_fraction: None for the validation split of the corpus, else the share of train to carve (0 for none).
        seed: Of the carving.

    Raises:
        InputError: if there is no such task.
        MissingResourceError: if the package was installed without its data.

    >>> desk = supportdesk("classification")
    >>> len(set(ticket.label for ticket in desk.split("train")))
    24
    """
    if task not in ("classification", "ner", "retrieval"):
        raise InputError(f"supportdesk has no task {task!r}; expected classification, ner or retrieval")
    parts: dict[str, list[Any]] = {split: [] for split in SPLITS}
    if task == "retrieval":
        for split, query in _queries():
            parts[split].append(query)
    else:
        for ticket in _records("tickets.jsonl"):
            parts[ticket["split"]].append(_labelled(ticket) if task == "classification" else _tagged(ticket))
    splits, notes = prepare(
        parts["train"],
        test=parts["test"],
        validation=parts["validation"],
        validation_fraction=validation_fraction,
        seed=seed,
    )
    if task == "retrieval":
        return RetrievalDataset("supportdesk", _articles(), splits, notes)
    return InMemoryDataset("supportdesk", splits, notes)


def _records(name: str) -> Iterator[dict[str, Any]]:
    try:
        content = (files(__package__) / name).read_text("utf-8")
    except FileNotFoundError as error:
        raise MissingResourceError(f"the bundled corpus lacks {name}; reinstall nlpref, or run `make corpus`") from error
    for line in content.split("\n"):
        if line:
            yield json.loads(line)


def _labelled(ticket: Mapping[str, Any]) -> LabelledText:
    return LabelledText(ticket["text"], ticket["intent"], ticket["id"], {name: ticket[name] for name in FACTS})


def _tagged(ticket: Mapping[str, Any]) -> TaggedTokens:
    words = split_words(ticket["text"])
    spans = token_spans(words, [Span(**entity) for entity in ticket["entities"]])
    return TaggedTokens(tuple(word.text for word in words), spans, ticket["id"])


def _articles() -> list[Document]:
    return [Document(article["id"], article["text"], article["title"]) for article in _records("articles.jsonl")]


def _queries() -> Iterator[tuple[str, JudgedQuery]]:
    queries = {query["id"]: query for query in _records("queries.jsonl")}
    with as_file(files(__package__) / "qrels.tsv") as path:
        grades = read_qrels(path, queries, {article["id"] for article in _records("articles.jsonl")})
    for id, query in queries.items():
        if id in grades:
            yield query["split"], JudgedQuery(id, query["text"], grades[id])
