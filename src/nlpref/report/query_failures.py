"""Why queries fail: classes that are found from judgements, ranks, scores and shared words alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlpref.report import words
from nlpref.report.queries import CUTOFF, FoundDocument, RankedQuery
from nlpref.report.tables import Cell, Table

__all__ = ["FailureClass", "failure_classes", "failures_table", "lexical_gap", "names_irrelevant"]

_FLAT = 1 / 3
"""Scores are flat if they fall over the first ten hits by at most this share of what they fall over all."""
_DEEP = 50
"""Hits that are needed to say so."""
_NEAR = 2 * CUTOFF
"""Last rank of a near miss."""


@dataclass(frozen=True)
class FailureClass:
    """Queries that fail in one way. A query can be in several classes."""

    name: str
    meaning: str
    queries: Sequence[RankedQuery]


def failure_classes(queries: Sequence[RankedQuery], documents: Mapping[str, FoundDocument]) -> list[FailureClass]:
    """Sort the queries without a relevant document among the first ten.

    Classes that cannot be told are left out: the lexical gap without the documents' texts, and holes in judgements that name
    relevant documents alone.

    Args:
        queries: All scored queries.
        documents: That the record keeps; empty if it keeps none.
    """
    failed = [query for query in queries if query.failed]
    made = [
        FailureClass(
            "near miss",
            f"the first relevant document stands just below, at rank {CUTOFF + 1} to {_NEAR}",
            [query for query in failed if query.best is not None and query.best <= _NEAR],
        ),
        FailureClass(
            "not found at all",
            "no relevant document is among all the hits that were asked for",
            [query for query in failed if query.best is None],
        ),
    ]
    if documents:
        made.append(
            FailureClass(
                "lexical gap",
                "the query shares no word with any of its relevant documents, whatever the endings",
                [query for query in failed if lexical_gap(query, documents)],
            )
        )
    made.append(
        FailureClass(
            "ambiguous",
            f"many documents have nearly the same score: over the first {CUTOFF} hits it falls by no more than a third of what "
            "it falls over all",
            [query for query in failed if _flat(query.scores)],
        )
    )
    if names_irrelevant(queries):
        made.append(
            FailureClass(
                "no judged document",
                f"nobody has judged any of the first {CUTOFF} hits, so they may be right",
                [query for query in failed if not any(name in query.grades for name in query.hits[:CUTOFF])],
            )
        )
    sorted_in = {id(query) for one in made for query in one.queries}
    rest = [query for query in failed if id(query) not in sorted_in]
    return [*made, FailureClass("none of these", "other documents simply score higher", rest)]


def failures_table(classes: Sequence[FailureClass], queries: Sequence[RankedQuery]) -> Table:
    """A row for each class with its share of the failed queries."""
    failed = sum(query.failed for query in queries)
    rows = [
        [
            Cell(one.name, "", "head"),
            Cell(f"{len(one.queries):,}", share=len(one.queries) / failed if failed else 0.0),
            Cell(one.meaning, "", "text wide"),
        ]
        for one in classes
    ]
    told = words.count(failed, "query", "queries")
    if not failed:
        return Table(f"Every query finds a relevant document among the first {CUTOFF}", [], [])
    return Table(
        f"Why {told} {'finds' if failed == 1 else 'find'} nothing relevant in the first {CUTOFF}; one can be in several classes",
        ["Class", "Queries", "Meaning"],
        rows,
    )


def names_irrelevant(queries: Sequence[RankedQuery]) -> bool:
    """Whether the judgements name documents that are not relevant; else an unjudged one cannot be told from a wrong one."""
    return any(grade <= 0 for query in queries for grade in query.grades.values())


def lexical_gap(query: RankedQuery, documents: Mapping[str, FoundDocument]) -> bool:
    """Whether no relevant document has a word of the query; False where one of them is not known in full."""
    found = [documents.get(name) for name in query.relevant]
    return all(one is not None and not one.cut and not one.roots & query.roots for one in found)


def _flat(scores: Sequence[float]) -> bool:
    if len(scores) < _DEEP:
        return False
    return scores[0] - scores[CUTOFF - 1] <= _FLAT * (scores[0] - scores[-1])
