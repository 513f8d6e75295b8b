"""What a reranker learns from at once: some texts of one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Group", "RankingLoss", "groups_of", "lists_of"]

RankingLoss = Literal["contrastive", "listwise", "margin_mse"]
"""Names of ``nlpref.retrieval.ranking_losses``."""
Triple = tuple[str, str, float]


@dataclass(frozen=True)
class Group:
    """Texts of one query, the first relevant.

    Args:
        query: Its text.
        texts: At least two.
        grades: One for each text: how relevant it is, or what a teacher says of it.
    """

    query: str
    texts: tuple[str, ...]
    grades: tuple[float, ...]


def groups_of(triples: Sequence[Triple], scores: Sequence[float] | None = None) -> list[Group]:
    """One group for each relevant pair: its text and the query's negatives. Queries that lack either give none.

    Args:
        triples: Query, text and grade; a grade above 0 is relevant.
        scores: What a teacher says of each triple, to stand in place of its grade.
    """
    found = []
    for query, relevant, others in _by_query(triples, scores):
        for text, grade in relevant if others else ():
            found.append(Group(query, (text, *(t for t, _ in others)), (grade, *(g for _, g in others))))
    return found


def lists_of(triples: Sequence[Triple], scores: Sequence[float] | None = None) -> list[Group]:
    """One group for each query: all its texts, the relevant ones first. Queries that lack either kind give none."""
    found = []
    for query, relevant, others in _by_query(triples, scores):
        if relevant and others:
            both = [*relevant, *others]
            found.append(Group(query, tuple(text for text, _ in both), tuple(grade for _, grade in both)))
    return found


def _by_query(
    triples: Sequence[Triple], scores: Sequence[float] | None
) -> list[tuple[str, list[tuple[str, float]], list[tuple[str, float]]]]:
    parts: dict[str, tuple[list[tuple[str, float]], list[tuple[str, float]]]] = {}
    for row, (query, text, grade) in enumerate(triples):
        relevant, others = parts.setdefault(query, ([], []))
        (relevant if grade > 0 else others).append((text, grade if scores is None else float(scores[row])))
    return [(query, relevant, others) for query, (relevant, others) in parts.items()]
