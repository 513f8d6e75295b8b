"""The scored queries of a retriever's run: judgements, hits, places of what is relevant, and the documents' texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nlpref.errors import StorageError
from nlpref.found_documents import NAME
from nlpref.report.runs import SavedRun, read_rows
from nlpref.report.terms import roots

__all__ = ["CUTOFF", "METRIC", "FoundDocument", "RankedQuery", "read_documents", "read_queries"]

CUTOFF = 10
METRIC = "ndcg@10"


@dataclass(frozen=True)
class FoundDocument:
    """A document as the record keeps it; ``cut`` if its text is longer than what is kept."""

    id: str
    title: str
    text: str
    cut: bool = False

    @cached_property
    def roots(self) -> frozenset[str]:
        """Roots of the words of title and text."""
        return roots(f"{self.title} {self.text}")


@dataclass(frozen=True)
class RankedQuery:
    """A query with what was found.

    Args:
        id: Its name.
        text: Its words.
        grades: Of all judged documents by id; above 0 is relevant.
        hits: Ids, best first.
        scores: Of the hits.
        value: nDCG@10.
    """

    id: str
    text: str
    grades: Mapping[str, int]
    hits: Sequence[str]
    scores: Sequence[float]
    value: float

    @cached_property
    def relevant(self) -> list[str]:
        """Ids of relevant documents, the highest grade first."""
        found = [name for name, grade in self.grades.items() if grade > 0]
        return sorted(found, key=lambda name: (-self.grades[name], name))

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """Rank of each hit, from 1."""
        return {name: rank for rank, name in enumerate(self.hits, start=1)}

    @property
    def best(self) -> int | None:
        """Rank of the first relevant hit; None if there is none."""
        return min((self.ranks[name] for name in self.relevant if name in self.ranks), default=None)

    @property
    def failed(self) -> bool:
        """Whether no relevant document is among the first ten."""
        return self.best is None or self.best > CUTOFF

    @cached_property
    def roots(self) -> frozenset[str]:
        """Roots of its words."""
        return roots(self.text)


def read_queries(run: SavedRun, rows: Sequence[Mapping[str, Any]]) -> list[RankedQuery]:
    """The queries that have a relevant document, in the order of the split.

    Args:
        run: The run.
        rows: Of its ``predictions.jsonl``.
    """
    places = run.result.details["scored_queries"]
    return [_query(rows[place], float(value)) for place, value in zip(places, run.result.scores[METRIC], strict=True)]


def read_documents(run: SavedRun) -> dict[str, FoundDocument]:
    """Documents that the record of a run keeps, by id; empty if it keeps none.

    Raises:
        StorageError: if the file cannot be read, or does not hold documents.
    """
    path = run.folder / NAME
    if not path.exists():
        return {}
    found: dict[str, FoundDocument] = {}
    for number, row in enumerate(read_rows(path), start=1):
        id, title, text = (row.get(name) for name in ("id", "title", "text"))
        if not (isinstance(id, str) and isinstance(title, str) and isinstance(text, str)):
            raise StorageError(f"{path.name}, line {number}: expected a document with id, title and text")
        found[id] = FoundDocument(id, title, text, bool(row.get("cut")))
    return found


def _query(row: Mapping[str, Any], value: float) -> RankedQuery:
    return RankedQuery(
        id=str(row["id"]),
        text=str(row["query"]),
        grades={str(name): int(grade) for name, grade in row["relevance"].items()},
        hits=[str(hit["id"]) for hit in row["hits"]],
        scores=[float(hit["score"]) for hit in row["hits"]],
        value=value,
    )
