"""A part of a collection that never changes: documents, their facts, vectors, and which terms are in which of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.facts import FactTable
from nlpref.collection.names import NameTable
from nlpref.types import Document

__all__ = ["Segment", "document_line"]


@dataclass(frozen=True, eq=False)
class Segment:
    """Documents are numbered, and so are rows: the pieces of documents, in order, one for each if they are not cut.

    Args:
        arrays: By name, in memory or mapped from files:

            - ``documents`` (JSON lines in UTF-8) and where each ends, ``document_ends`` int64;
            - ``ids_...`` and ``terms_...``, two tables of names;
            - ``starts`` int64 (n_terms + 1), ``rows`` int32 and ``counts`` (n_postings): term ``t`` is in the rows
              ``rows[starts[t]:starts[t + 1]]``, which rise, so many times each;
            - ``lengths`` int32 (n_rows), terms of a row, ``parents`` int32 (n_rows), the document of a row, and ``spans``
              int32 (n_rows, 2), where the row starts and ends in the document's text;
            - the arrays of the facts;
            - ``vectors`` float32 (n_rows, dim), where there are any.
        name: Of its folder; empty in memory.
    """

    arrays: Mapping[str, NDArray[Any]]
    name: str = ""

    @classmethod
    def open(cls, folder: Path, files: Iterable[str]) -> Segment:
        """Map the arrays of a folder from some of its files; nothing is read before it is used."""
        arrays = {
            name.removesuffix(".npy"): np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False)) for name in files
        }
        return cls(arrays, folder.name)

    def __len__(self) -> int:
        return len(self.arrays["document_ends"])

    @property
    def n_rows(self) -> int:
        """Pieces of all documents."""
        return len(self.arrays["lengths"])

    @cached_property
    def ids(self) -> NameTable:
        """Ids of the documents."""
        return NameTable.read(self.arrays, "ids")

    @cached_property
    def terms(self) -> NameTable:
        """The terms of all documents."""
        return NameTable.read(self.arrays, "terms")

    @cached_property
    def facts(self) -> FactTable:
        """Facts of the documents."""
        return FactTable(self.arrays)

    def document(self, number: int) -> Document:
        """The document as it was added."""
        ends = self.arrays["document_ends"]
        start = int(ends[number - 1]) if number else 0
        saved = json.loads(self.arrays["documents"][start : int(ends[number])].tobytes())
        return Document(saved["id"], saved["text"], saved["title"], saved["facts"])

    def postings(self, term: str) -> tuple[NDArray[np.int32], NDArray[Any]] | None:
        """Rows that hold a term, and how often each does; None for a term that is in no row."""
        place = int(self.terms.find([term])[0])
        if place < 0:
            return None
        start, end = self.arrays["starts"][place : place + 2]
        return self.arrays["rows"][start:end], self.arrays["counts"][start:end]


def document_line(document: Document) -> bytes:
    """A document as it is kept."""
    fields = {"id": document.id, "title": document.title, "text": document.text, "facts": dict(document.facts)}
    return json.dumps(fields, ensure_ascii=False).encode("utf-8") + b"\n"
