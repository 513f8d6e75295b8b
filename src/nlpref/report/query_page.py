"""Every query of one retriever's run on a page of its own: what it found, and what it should have found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.report import words
from nlpref.report.queries import METRIC, read_documents, read_queries
from nlpref.report.query_detail import QueryDetail, query_detail
from nlpref.report.query_failures import failure_classes, failures_table
from nlpref.report.retrieval import worst_first
from nlpref.report.runs import SavedRun, read_rows
from nlpref.report.tables import Table
from nlpref.report.templates import encodable, environment

__all__ = ["PAGE", "ListedQuery", "QueryPage", "query_page", "write_query_page"]

PAGE = "queries.html"
_MOST = 1000
"""Queries on the page, the worst first; more would make a page that no browser likes."""
_HITS = 10


@dataclass(frozen=True)
class ListedQuery:
    """A query in the list, and the classes of failures that it is in."""

    detail: QueryDetail
    classes: Sequence[str]


@dataclass(frozen=True)
class QueryPage:
    """What the page shows.

    Args:
        model: Name of the retriever.
        about: On which queries, and how they are ordered, in words.
        quality: nDCG@10 with its interval.
        failures: Why queries fail.
        queries: Worst first.
    """

    model: str
    about: str
    quality: str
    failures: Table
    queries: Sequence[ListedQuery]


def query_page(run: SavedRun) -> QueryPage:
    """Put the page together.

    Raises:
        StorageError: if predictions or documents cannot be read.
        InputError: if it is not a run of a retriever.
    """
    result = run.result
    if result.task != "retrieval":
        raise InputError(f"{run.place} is a run of the task {result.task}, which has no queries")
    try:
        queries, documents = read_queries(run, read_rows(run.folder / "predictions.jsonl")), read_documents(run)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise StorageError(
            f"{run.place}: details or predictions do not have the expected form ({type(error).__name__}: {error})"
        ) from error
    classes = failure_classes(queries, documents)
    names: dict[int, list[str]] = {}
    for one in classes:
        for query in one.queries:
            names.setdefault(id(query), []).append(one.name)
    shown = worst_first(queries)[:_MOST]
    listed = [ListedQuery(query_detail(query, documents, _HITS), names.get(id(query), [])) for query in shown]
    found = result.metrics[METRIC]
    about = f"{words.count(len(queries), 'query', 'queries')} of {result.dataset['name']}, {result.split}, worst first"
    return QueryPage(
        model=result.model,
        about=about if len(shown) == len(queries) else f"{about}; the first {len(shown):,} are shown",
        quality=f"{words.decimal(found.value)} (95 % interval {words.interval(found.low, found.high)})",
        failures=failures_table(classes, queries),
        queries=listed,
    )


def write_query_page(run: SavedRun, out: Path) -> Path:
    """Write the page as ``out/queries.html``; it needs no other file.

    Raises:
        StorageError: if predictions or documents cannot be read.
        InputError: if it is not a run of a retriever.
    """
    page = environment().get_template("queries.html.j2").render(one=query_page(run))
    storage.write_text(Path(out) / PAGE, encodable(page))
    return Path(out) / PAGE
