"""A retriever's run from inside: how quality is spread over queries, and the queries it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.report import words
from nlpref.report.plots import Plot, histogram_plot
from nlpref.report.queries import FoundDocument, RankedQuery, read_documents, read_queries
from nlpref.report.query_detail import QueryDetail, query_detail
from nlpref.report.query_failures import FailureClass, failure_classes, failures_table, names_irrelevant
from nlpref.report.query_slices import lengths_table, query_slices, query_slices_table
from nlpref.report.runs import SavedRun
from nlpref.report.tables import Table

__all__ = ["ClassExamples", "RetrievalView", "class_examples", "retrieval_view", "worst_first"]

_SHOWN = 15
_EACH = 3


@dataclass(frozen=True)
class ClassExamples:
    """Examples of one class of failures, out of so many queries."""

    name: str
    meaning: str
    number: int
    examples: Sequence[QueryDetail]


@dataclass(frozen=True)
class RetrievalView:
    """What the page shows of one retriever.

    Args:
        spread: How many queries have which score.
        failed: How many find nothing, in words.
        chosen: What a composite chose, in words; empty for others.
        folds: What each fold scored, of a run over folds of queries; empty for others.
        failures: Why queries fail.
        unsorted: Which classes could not be told, in words; empty if all could.
        classes: Examples of each class.
        slices: Weak slices, and short and long queries.
        mistakes: Queries served worst.
    """

    spread: Plot
    failed: str
    chosen: str
    folds: str
    failures: Table
    unsorted: str
    classes: Sequence[ClassExamples]
    slices: Sequence[Table]
    mistakes: Sequence[QueryDetail]


def retrieval_view(run: SavedRun, rows: Sequence[Mapping[str, Any]], name: str) -> RetrievalView:
    """Build the view from a run's record and the rows of its ``predictions.jsonl``; ``name`` is unique on the page."""
    result = run.result
    queries, documents = read_queries(run, rows), read_documents(run)
    failed = sum(query.failed for query in queries)
    text = (
        f"{words.count(failed, 'query', 'queries')} of {len(queries):,} ({words.percent(failed / len(queries))}) "
        f"{'finds' if failed == 1 else 'find'} no relevant document among the first ten."
    )
    skipped = int(result.details.get("skipped_queries", 0))
    if skipped:
        left = "is" if skipped == 1 else "are"
        text += f" {words.count(skipped, 'query', 'queries')} without any relevant document cannot be scored and {left} left out."
    classes = failure_classes(queries, documents)
    return RetrievalView(
        spread=histogram_plot(name, "nDCG@10", [query.value for query in queries], "queries"),
        failed=text,
        chosen=_chosen(result.details),
        folds=_folds(result.details, result.primary),
        failures=failures_table(classes, queries),
        unsorted=_unsorted(queries, documents) if failed else "",
        classes=class_examples(classes, documents),
        slices=[lengths_table(queries), query_slices_table(query_slices(queries, documents))],
        mistakes=[query_detail(query, documents) for query in worst_first(queries)[:_SHOWN] if query.value < 1],
    )


def worst_first(queries: Sequence[RankedQuery]) -> list[RankedQuery]:
    """Queries by rising nDCG@10; of equal ones those first whose first relevant document is farthest down."""
    return sorted(queries, key=lambda query: (query.value, -(query.best or len(query.hits) + 1000), query.id))


def class_examples(
    classes: Sequence[FailureClass], documents: Mapping[str, FoundDocument], most: int = _EACH
) -> list[ClassExamples]:
    """Some examples of each class that has a query, in the order of the split."""
    return [
        ClassExamples(one.name, one.meaning, len(one.queries), [query_detail(query, documents) for query in one.queries[:most]])
        for one in classes
        if one.queries
    ]


def _unsorted(queries: Sequence[RankedQuery], documents: Mapping[str, FoundDocument]) -> str:
    told = []
    if not documents:
        told.append("Lexical gaps are not told: the run kept no texts of documents.")
    if not names_irrelevant(queries):
        told.append(
            "The judgements name relevant documents alone, so whether a hit was judged wrong or never judged is not known."
        )
    return " ".join(told)


def _folds(details: Mapping[str, Any], primary: str) -> str:
    """What each fold scored."""
    found = [float(fold[primary]) for fold in details.get("folds", [])]
    if not found:
        return ""
    told = ", ".join(words.decimal(value) for value in found)
    return f"Each query was scored by a model that had learned from the other {len(found) - 1} folds. Fold by fold: {told}."


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
