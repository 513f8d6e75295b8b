"""The documents that a retriever's record speaks of: its first hits and the relevant ones, for a report that reads no data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.storage import write_text
from nlpref.types import Document

__all__ = ["NAME", "SHOWN", "found_documents", "write_found_documents"]

NAME = "documents.jsonl"
"""The record's file in the folder of a run."""
SHOWN = 10
"""Hits of each query whose documents are kept."""
_LONGEST = 10_000
"""Characters of a text; what is longer is cut, and marked so."""
_MOST = 50_000
"""Documents in all; those of later queries are left out."""


def found_documents(documents: Iterable[Document], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A record for each document that is among the first hits of a query, or relevant to one, in the order of the queries.

    Args:
        documents: The collection.
        rows: Of ``predictions.jsonl``.

    Returns:
        For each document ``id``, ``title`` and ``text``, and ``cut`` where the text is not all of it.
    """
    wanted: dict[str, None] = {}
    for row in rows:
        wanted.update(dict.fromkeys(str(hit["id"]) for hit in row["hits"][:SHOWN]))
        wanted.update(dict.fromkeys(str(name) for name, grade in row["relevance"].items() if grade > 0))
    known = {document.id: document for document in documents if document.id in wanted}
    return [_record(known[name]) for name in wanted if name in known][:_MOST]


def write_found_documents(folder: Path, documents: Iterable[Document], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``documents.jsonl`` into the folder of a run."""
    lines = (json.dumps(record) + "\n" for record in found_documents(documents, rows))
    write_text(Path(folder) / NAME, "".join(lines))


def _record(document: Document) -> dict[str, Any]:
    cut = len(document.text) > _LONGEST
    return {"id": document.id, "title": document.title, "text": document.text[:_LONGEST], **({"cut": True} if cut else {})}
