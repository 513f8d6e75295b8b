"""From documents to a segment in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.facts import FactTable
from nlpref.collection.names import NameTable
from nlpref.collection.pieces import cut
from nlpref.collection.segment import Segment, document_line
from nlpref.collection.settings import CollectionSettings
from nlpref.retrieval.terms import terms_of
from nlpref.types import Document

__all__ = ["build", "count_rows", "row_texts", "smallest_counts"]


def build(documents: Sequence[Document], settings: CollectionSettings, vectors: NDArray[np.float32] | None = None) -> Segment:
    """Analyse documents and invert them.

    Args:
        documents: With distinct ids.
        settings: How they are read.
        vectors: One for each row, float32, or None.
    """
    spans = [cut(document.text, settings.chunk, settings.overlap) for document in documents]
    parents = np.repeat(np.arange(len(documents), dtype=np.int32), [len(pieces) for pieces in spans])
    titles = terms_of([document.title for document in documents], settings.stemmer, settings.stopwords)
    pieces = [document.text[start:end] for document, found in zip(documents, spans, strict=True) for start, end in found]
    bodies = terms_of(pieces, settings.stemmer, settings.stopwords)
    bags = [titles[parent] * settings.title_weight + body for parent, body in zip(parents.tolist(), bodies, strict=True)]
    lines = [document_line(document) for document in documents]
    arrays: dict[str, NDArray[Any]] = {
        "documents": np.frombuffer(b"".join(lines), dtype=np.uint8),
        "document_ends": np.cumsum([len(line) for line in lines], dtype=np.int64),
        "parents": parents,
        "spans": np.array(list(chain.from_iterable(spans)), dtype=np.int32).reshape(-1, 2),
        **NameTable.of([document.id for document in documents]).arrays("ids"),
        **FactTable.of([document.facts for document in documents]).arrays,
        **_inverted(bags),
    }
    if vectors is not None:
        arrays["vectors"] = vectors
    return Segment(arrays)


def row_texts(documents: Sequence[Document], settings: CollectionSettings) -> list[str]:
    """What an encoder reads of each row: the title, and the piece."""
    found = []
    for document in documents:
        for start, end in cut(document.text, settings.chunk, settings.overlap):
            found.append(Document("", document.text[start:end], document.title).content)
    return found


def count_rows(documents: Sequence[Document], settings: CollectionSettings) -> int:
    """How many rows documents are."""
    return sum(len(cut(document.text, settings.chunk, settings.overlap)) for document in documents)


def smallest_counts(largest: int) -> np.dtype[Any]:
    """The smallest type that holds a count."""
    return np.dtype(np.uint8 if largest < 2**8 else np.uint16 if largest < 2**16 else np.uint32)


def _inverted(bags: Sequence[Sequence[str]]) -> dict[str, NDArray[Any]]:
    """Terms, and the rows that hold each."""
    vocabulary: dict[str, int] = {}
    lengths = np.array([len(bag) for bag in bags], dtype=np.int32)
    flat = (vocabulary.setdefault(term, len(vocabulary)) for bag in bags for term in bag)
    terms = np.fromiter(flat, dtype=np.int64, count=int(lengths.sum(dtype=np.int64)))
    width = max(1, len(bags))
    pairs, counts = np.unique(terms * width + np.repeat(np.arange(len(bags)), lengths), return_counts=True)
    holders = np.bincount(pairs // width, minlength=len(vocabulary))
    return {
        **NameTable.of(list(vocabulary)).arrays("terms"),
        "starts": np.concatenate([[0], np.cumsum(holders)]).astype(np.int64),
        "rows": (pairs % width).astype(np.int32),
        "counts": counts.astype(smallest_counts(int(counts.max(initial=0)))),
        "lengths": lengths,
    }
