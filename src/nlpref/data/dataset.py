"""Datasets in memory: named, disjoint splits in a stable order, with a revision that is a hash of the content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from nlpref.errors import InputError
from nlpref.text.folding import fold
from nlpref.types import Document, JudgedQuery, LabelledText, TaggedTokens

__all__ = ["Example", "InMemoryDataset", "RetrievalDataset", "content_key", "split_revision"]

Example = LabelledText | TaggedTokens | JudgedQuery
ExampleT = TypeVar("ExampleT", bound=LabelledText | TaggedTokens | JudgedQuery)


def content_key(example: Example) -> str:
    """The folded text of an example: two examples with the same key are duplicates."""
    return fold(" ".join(example.tokens) if isinstance(example, TaggedTokens) else example.text)


def split_revision(dataset: Any, split: str) -> str:
    """Sixteen hexadecimal digits of the sha256 of what a split is scored on: its examples and the documents searched.

    Unlike ``dataset.revision``, it does not change with the other splits.
    """
    records = [_record(example) for example in dataset.split(split)]
    return _digest([*records, *_document_records(getattr(dataset, "documents", ()))])


class InMemoryDataset(Generic[ExampleT]):
    """Named splits of examples.

    Args:
        name: What the data is called in results.
        splits: Examples by split name, such as ``train``, ``validation``, ``test``.
        notes: How the splits came about: what was carved, how many leaking examples were removed.

    Raises:
        InputError: if there is no split, a split is empty, or the same text is in two splits.

    >>> from nlpref.types import LabelledText
    >>> data = InMemoryDataset("mood", {"train": [LabelledText("fine", "good")], "test": [LabelledText("awful", "bad")]})
    >>> data.split("test")[0].label
    'bad'
    """

    def __init__(self, name: str, splits: Mapping[str, Sequence[ExampleT]], notes: Mapping[str, Any] | None = None) -> None:
        self._name = name
        self._splits = {key: tuple(examples) for key, examples in splits.items()}
        self.notes: Mapping[str, Any] = MappingProxyType(dict(notes or {}))
        if not self._splits:
            raise InputError(f"dataset {name!r} needs at least one split, got none")
        _check_splits(name, self._splits)

    @property
    def name(self) -> str:
        """What the data is called in results."""
        return self._name

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits."""
        return tuple(self._splits)

    @cached_property
    def revision(self) -> str:
        """Sixteen hexadecimal digits of the sha256 of the content; the name has no part in it."""
        return _digest(self._records())

    def split(self, name: str) -> Sequence[ExampleT]:
        """The examples of a split.

        Raises:
            InputError: if there is no such split.
        """
        if name not in self._splits:
            raise InputError(f"dataset {self.name!r} has no split {name!r}; it has {', '.join(self._splits)}")
        return self._splits[name]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={len(examples)}" for name, examples in self._splits.items())
        return f"{type(self).__name__}({self.name!r}, {sizes})"

    def _records(self) -> list[list[Any]]:
        return [[name, *_record(example)] for name in sorted(self._splits) for example in self._splits[name]]


class RetrievalDataset(InMemoryDataset[JudgedQuery]):
    """Documents to be found, and splits of queries with judgements about them.

    Args:
        name: What the data is called in results.
        documents: The collection, the same for every split.
        splits: Judged queries by split name.
        notes: How the splits came about.

    Raises:
        InputError: as for ``InMemoryDataset``, and if document ids repeat or a judgement is about an unknown document.
    """

    def __init__(
        self,
        name: str,
        documents: Sequence[Document],
        splits: Mapping[str, Sequence[JudgedQuery]],
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name, splits, notes)
        self._documents = tuple(documents)
        known = {document.id for document in self._documents}
        if len(known) < len(self._documents):
            raise InputError(f"dataset {name!r} has {len(self._documents) - len(known)} documents whose id is taken")
        for query in (query for queries in self._splits.values() for query in queries):
            if unknown := query.relevance.keys() - known:
                raise InputError(f"dataset {name!r}: query {query.id!r} is judged on the unknown document {min(unknown)!r}")

    @property
    def documents(self) -> Sequence[Document]:
        """The collection."""
        return self._documents

    def _records(self) -> list[list[Any]]:
        return super()._records() + _document_records(self._documents)


def _check_splits(name: str, splits: Mapping[str, Sequence[Example]]) -> None:
    seen: dict[str, str] = {}
    for split, examples in splits.items():
        if not examples:
            raise InputError(f"split {split!r} of dataset {name!r} is empty; leave it out")
        for key in {content_key(example) for example in examples}:
            if key in seen:
                raise InputError(
                    f"dataset {name!r} has the text {key[:60]!r} in {seen[key]!r} and in {split!r}; "
                    "nlpref.data.splits.prepare makes splits disjoint"
                )
            seen[key] = split


def _digest(records: Iterable[list[Any]]) -> str:
    digest = hashlib.sha256()
    for record in records:
        digest.update(json.dumps(record, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]


def _document_records(documents: Iterable[Document]) -> list[list[Any]]:
    return [["", document.id, document.title, document.text] for document in documents]


def _record(example: Example) -> list[Any]:
    if isinstance(example, LabelledText):
        return [example.id, example.text, example.label, dict(example.facts)]
    if isinstance(example, TaggedTokens):
        spans = [[span.start, span.end, span.label] for span in example.spans]
        return [example.id, list(example.tokens), spans, *([] if example.annotated is None else [list(example.annotated)])]
    return [example.id, example.text, dict(example.relevance)]
