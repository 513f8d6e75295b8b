"""Two retrievers on the same queries: which queries the one wins, and which the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.metrics.all_pairs import PairOutcome, compare_results, differences
from nlpref.report import words
from nlpref.report.queries import FoundDocument, RankedQuery, read_documents, read_queries
from nlpref.report.query_detail import QueryDetail, query_detail
from nlpref.report.runs import SavedRun, read_rows
from nlpref.report.templates import encodable, environment

__all__ = ["PAGE", "DifferencePage", "QueryDifference", "difference_page", "write_difference_page"]

PAGE = "differences.html"
_SHOWN = 20
"""Queries of each side."""


@dataclass(frozen=True)
class QueryDifference:
    """A query by both: the first's nDCG@10 minus the second's, signed, and what each found."""

    difference: str
    first: QueryDetail
    second: QueryDetail


@dataclass(frozen=True)
class DifferencePage:
    """What the page shows.

    Args:
        first: Name of the one retriever.
        second: Name of the other.
        about: On which queries, in words.
        verdict: The paired test, in words.
        counts: Wins, ties and losses, in words.
        won: Queries that the first wins by most.
        lost: Queries that it loses by most.
    """

    first: str
    second: str
    about: str
    verdict: str
    counts: str
    won: Sequence[QueryDifference]
    lost: Sequence[QueryDifference]


def difference_page(first: SavedRun, second: SavedRun) -> DifferencePage:
    """Put the page together.

    Raises:
        StorageError: if predictions or documents cannot be read.
        InputError: if they are not runs of retrievers on the same queries.
    """
    for run in (first, second):
        if run.result.task != "retrieval":
            raise InputError(f"{run.place} is a run of the task {run.result.task}; differences are of retrievers")
    if first.folder.resolve() == second.folder.resolve():
        raise InputError(f"{first.folder} was given twice; give against= another run")
    names = _names(first, second)
    (outcome,) = compare_results({names[0]: first.result, names[1]: second.result})
    try:
        mine, theirs = (read_queries(run, read_rows(run.folder / "predictions.jsonl")) for run in (first, second))
        documents = {**read_documents(second), **read_documents(first)}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise StorageError(
            f"{first.place} or {second.place}: details or predictions do not have the expected form "
            f"({type(error).__name__}: {error})"
        ) from error
    pairs = sorted(
        zip(differences(first.result, second.result), mine, theirs, strict=True), key=lambda pair: (-pair[0], pair[1].id)
    )
    won = [pair for pair in pairs if pair[0] > 0]
    lost = [pair for pair in reversed(pairs) if pair[0] < 0]
    result = first.result
    return DifferencePage(
        first=names[0],
        second=names[1],
        about=f"{words.count(len(mine), 'query', 'queries')} of {result.dataset['name']}, {result.split}",
        verdict=_verdict(outcome),
        counts=(
            f"Of the {len(mine):,} queries, {names[0]} serves {outcome.wins:,} better and {outcome.losses:,} worse; "
            f"{outcome.ties:,} are served alike."
        ),
        won=[_difference(pair, documents) for pair in won[:_SHOWN]],
        lost=[_difference(pair, documents) for pair in lost[:_SHOWN]],
    )


def write_difference_page(first: SavedRun, second: SavedRun, out: Path) -> Path:
    """Write the page as ``out/differences.html``; it needs no other file.

    Raises:
        StorageError: if predictions or documents cannot be read.
        InputError: if they are not runs of retrievers on the same queries.
    """
    page = environment().get_template("differences.html.j2").render(one=difference_page(first, second))
    storage.write_text(Path(out) / PAGE, encodable(page))
    return Path(out) / PAGE


def _names(first: SavedRun, second: SavedRun) -> tuple[str, str]:
    names = first.result.model, second.result.model
    if names[0] != names[1]:
        return names
    return (
        (first.place, second.place)
        if first.place != second.place
        else (str(first.folder.resolve()), str(second.folder.resolve()))
    )


def _verdict(outcome: PairOutcome) -> str:
    test = outcome.test
    bounds = f"95 % interval {words.interval(100 * test.low, 100 * test.high, 1)} points, {words.p_value(test.p_value)}"
    if not outcome.differs:
        return f"The difference in nDCG@10 may be chance: {words.decimal(100 * test.difference, 1)} points ({bounds})."
    better, worse = (outcome.first, outcome.second) if test.difference > 0 else (outcome.second, outcome.first)
    return f"{better} is better than {worse} by {words.points(test.difference)} of nDCG@10 ({bounds})."


def _difference(pair: tuple[float, RankedQuery, RankedQuery], documents: Mapping[str, FoundDocument]) -> QueryDifference:
    difference, first, second = pair
    told = f"{'+' if difference > 0 else ''}{words.decimal(difference, 2)}"
    return QueryDifference(told, query_detail(first, documents), query_detail(second, documents))
