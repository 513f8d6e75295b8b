"""A retriever's run from inside: how quality is spread over queries, and the queries it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.report import words
from nlpref.report.plots import Plot, histogram_plot
from nlpref.report.runs import SavedRun

__all__ = ["FoundHit", "QueryMistake", "RelevantDocument", "RetrievalView", "retrieval_view"]

METRIC = "ndcg@10"
_SHOWN = 15
_TOP = 5
_RELEVANT = 8


@dataclass(frozen=True)
class FoundHit:
    """One of the first hits, and its grade, 0 if it is not relevant."""

    id: str
    grade: int


@dataclass(frozen=True)
class RelevantDocument:
    """A document that should have been found, and where it was."""

    id: str
    grade: int
    place: str


@dataclass(frozen=True)
class QueryMistake:
    """A query with what was found first and what was relevant."""

    id: str
    query: str
    ndcg: str
    hits: Sequence[FoundHit]
    relevant: Sequence[RelevantDocument]
    more: int


@dataclass(frozen=True)
class RetrievalView:
    """What the page shows of one retriever."""

    spread: Plot
    failed: str
    chosen: str
    mistakes: Sequence[QueryMistake]


def retrieval_view(run: SavedRun, rows: Sequence[Mapping[str, Any]], name: str) -> RetrievalView:
    """Build the view from a run's record and the rows of its ``predictions.jsonl``; ``name`` is unique on the page."""
    result = run.result
    values = [float(value) for value in result.scores[METRIC]]
    scored = [rows[position] for position in result.details["scored_queries"]]
    ranked = sorted(zip(values, scored, strict=True), key=lambda pair: (pair[0], -_first_relevant(pair[1]), str(pair[1]["id"])))
    failed = sum(value == 0 for value in values)
    text = (
        f"{words.count(failed, 'query', 'queries')} of {len(values):,} ({words.percent(failed / len(values))}) "
        f"{'finds' if failed == 1 else 'find'} no relevant document among the first ten."
    )
    skipped = int(result.details.get("skipped_queries", 0))
    if skipped:
        left = "is" if skipped == 1 else "are"
        text += f" {words.count(skipped, 'query', 'queries')} without any relevant document cannot be scored and {left} left out."
    return RetrievalView(
        histogram_plot(name, "nDCG@10", values, "queries"),
        text,
        _chosen(result.details),
        [_mistake(value, row) for value, row in ranked[:_SHOWN] if value < 1],
    )


def _chosen(details: Mapping[str, Any]) -> str:
    """What a composite decided by its score on held-out queries; empty for others."""
    tried = dict(details.get("tried", []))
    if "blend" in details:
        share = float(details["blend"])
        alone = ""
        if 0.0 in tried and 1.0 in tried:
            first, second, best = (words.decimal(value, 3) for value in (tried[0.0], tried[1.0], max(tried.values())))
            both = f", {best} for both" if share else ""
            alone = " On held-out queries, by which it was chosen, nDCG@10 is "
            alone += f"{first} for the first stage, {second} for the reranker{both}."
        if not share:
            return f"The reranker does not help, so its share is 0 and the order of the first stage is returned as it is.{alone}"
        return f"The reranker's share of the score is {share:.2f}, the first stage has the rest.{alone}"
    if "weight" in details:
        return f"The first of the two retrievers has weight {float(details['weight']):.2f}, the second one the rest."
    return ""


def _first_relevant(row: Mapping[str, Any]) -> int:
    """Rank of the first relevant hit; beyond the last one if there is none."""
    ranks = (rank for rank, hit in enumerate(row["hits"], start=1) if row["relevance"].get(hit["id"], 0) > 0)
    return next(ranks, len(row["hits"]) + 1000)


def _mistake(value: float, row: Mapping[str, Any]) -> QueryMistake:
    ranks = {hit["id"]: rank for rank, hit in enumerate(row["hits"], start=1)}
    wanted = sorted(
        ((grade, name) for name, grade in row["relevance"].items() if grade > 0), key=lambda pair: (-pair[0], pair[1])
    )
    depth = len(row["hits"])
    relevant = [
        RelevantDocument(name, grade, f"rank {ranks[name]}" if name in ranks else f"not among the {words.count(depth, 'hit')}")
        for grade, name in wanted
    ]
    hits = [FoundHit(str(hit["id"]), max(0, int(row["relevance"].get(hit["id"], 0)))) for hit in row["hits"][:_TOP]]
    return QueryMistake(
        id=str(row["id"]),
        query=str(row["query"]),
        ndcg=words.decimal(value, 2),
        hits=hits,
        relevant=relevant[:_RELEVANT],
        more=max(0, len(relevant) - _RELEVANT),
    )
