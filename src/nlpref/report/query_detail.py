"""One query as a page shows it: its words, what was found first, and where the relevant documents are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlpref.report import words
from nlpref.report.passages import Fragment, highlighted, passage
from nlpref.report.queries import FoundDocument, RankedQuery

__all__ = ["FoundHit", "QueryDetail", "RelevantDocument", "query_detail"]

_TOP = 5
_RELEVANT = 8
_LONGEST = 600
"""Characters of a query that are shown."""


@dataclass(frozen=True)
class FoundHit:
    """One of the first hits.

    Args:
        id: Of the document.
        grade: Its grade, 0 if it is not relevant.
        verdict: What the judgements say of it: ``relevant``, ``not relevant`` or ``not judged``.
        title: Its title, words of the query marked; empty if the record does not keep it.
        passage: Of its text likewise.
    """

    id: str
    grade: int
    verdict: str = "not judged"
    title: Sequence[Fragment] = ()
    passage: Sequence[Fragment] = ()


@dataclass(frozen=True)
class RelevantDocument:
    """A document that should have been found, where it was, and its words."""

    id: str
    grade: int
    place: str
    title: Sequence[Fragment] = ()
    passage: Sequence[Fragment] = ()


@dataclass(frozen=True)
class QueryDetail:
    """A query with what was found first and what was relevant; ``more`` relevant documents are not shown."""

    id: str
    query: str
    ndcg: str
    hits: Sequence[FoundHit]
    relevant: Sequence[RelevantDocument]
    more: int
    best: str


def query_detail(query: RankedQuery, documents: Mapping[str, FoundDocument], top: int = _TOP) -> QueryDetail:
    """Put a query together.

    Args:
        query: The query.
        documents: That the record keeps; empty if it keeps none.
        top: Hits to show.
    """
    depth = len(query.hits)
    relevant = [
        RelevantDocument(
            name,
            query.grades[name],
            f"rank {query.ranks[name]}" if name in query.ranks else f"not among the {words.count(depth, 'hit')}",
            *_texts(documents.get(name), query),
        )
        for name in query.relevant[:_RELEVANT]
    ]
    hits = [
        FoundHit(name, max(0, query.grades.get(name, 0)), _verdict(query, name), *_texts(documents.get(name), query))
        for name in query.hits[:top]
    ]
    return QueryDetail(
        id=query.id,
        query=query.text if len(query.text) <= _LONGEST else f"{query.text[:_LONGEST]} …",
        ndcg=words.decimal(query.value, 2),
        hits=hits,
        relevant=relevant,
        more=max(0, len(query.relevant) - _RELEVANT),
        best="none found" if query.best is None else f"rank {query.best}",
    )


def _verdict(query: RankedQuery, name: str) -> str:
    if name not in query.grades:
        return "not judged"
    return "relevant" if query.grades[name] > 0 else "not relevant"


def _texts(document: FoundDocument | None, query: RankedQuery) -> tuple[Sequence[Fragment], Sequence[Fragment]]:
    if document is None:
        return (), ()
    return highlighted(document.title, query.roots), passage(document.text, query.roots)
