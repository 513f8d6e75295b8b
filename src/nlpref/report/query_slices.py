"""On which kinds of queries a retriever is weak: long and short ones, words shared with what is relevant, how much there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from nlpref.metrics.slices import SUPPORT, Column, Slice, find_slices
from nlpref.report import words
from nlpref.report.queries import CUTOFF, FoundDocument, RankedQuery
from nlpref.report.tables import Cell, Table
from nlpref.text.words import split_words

__all__ = ["LENGTH", "RELEVANT", "SHARED", "lengths_table", "query_slices", "query_slices_table"]

LENGTH = "words in the query"
RELEVANT = "relevant documents"
SHARED = "share of the query's words in the nearest relevant document"
_SHOWN = 12


def query_slices(queries: Sequence[RankedQuery], documents: Mapping[str, FoundDocument]) -> list[Slice]:
    """All slices that were tested, the least probable first; a query is wrong if nothing relevant is among the first ten."""
    return find_slices([query.failed for query in queries], list(_columns(queries, documents)))


def query_slices_table(slices: Sequence[Slice]) -> Table:
    """A row for each weak slice; the caption says how many were tested."""
    weak = [one for one in slices if one.weak]
    tested = f"{words.count(len(slices), 'slice')} of at least {SUPPORT} queries tested"
    if not weak:
        return Table(f"No slice fails more often than the rest by more than chance ({tested})", [], [])
    rows = [
        [
            Cell(f"{one.column}: {one.value}", "", "head"),
            Cell(words.percent(one.rate), f"{one.wrong:,} of {one.n:,}", share=one.rate),
            Cell(words.percent(one.rest_rate)),
            Cell(words.p_value(one.p_value)),
        ]
        for one in weak[:_SHOWN]
    ]
    caption = f"Slices that fail more often than the rest ({tested}; one-sided exact test, adjusted by Holm)"
    return Table(caption, ["Queries", "Nothing relevant in the first ten", "Elsewhere", "Adjusted p"], rows)


def lengths_table(queries: Sequence[RankedQuery]) -> Table:
    """Quality of short, middling and long queries: thirds by the number of words."""
    ordered = sorted(_length(query) for query in queries)
    if not ordered or ordered[0] == ordered[-1]:
        return Table("All queries have the same number of words", [], [])
    lower, upper = ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3]
    parts = [
        [query for query in queries if _length(query) <= lower],
        [query for query in queries if lower < _length(query) <= upper],
        [query for query in queries if _length(query) > upper],
    ]
    groups = [members for members in parts if members]
    rows = [
        [
            Cell(f"{name}: {_range([_length(query) for query in members])} words", "", "head"),
            Cell(f"{len(members):,}"),
            Cell(words.decimal(mean := fmean(query.value for query in members)), share=mean),
            Cell(words.percent(fmean(query.failed for query in members))),
        ]
        for name, members in zip(("short", "long") if len(groups) == 2 else ("short", "middling", "long"), groups, strict=True)
    ]
    return Table(
        "Short and long queries, in thirds by their number of words",
        ["Queries", "n", "nDCG@10", f"Nothing relevant in the first {CUTOFF}"],
        rows,
    )


def _columns(queries: Sequence[RankedQuery], documents: Mapping[str, FoundDocument]) -> Iterator[Column]:
    yield Column(LENGTH, [float(_length(query)) for query in queries])
    yield Column(RELEVANT, [float(len(query.relevant)) for query in queries])
    if documents:
        yield Column(SHARED, [_shared(query, documents) for query in queries], words.percent)


def _shared(query: RankedQuery, documents: Mapping[str, FoundDocument]) -> float | None:
    """The highest share of the query's words that a relevant document has; None where that is not known."""
    found = [documents.get(name) for name in query.relevant]
    if not query.roots or any(one is None or one.cut for one in found):
        return None
    return max(len(one.roots & query.roots) / len(query.roots) for one in found if one is not None)


def _length(query: RankedQuery) -> int:
    return sum(any(letter.isalnum() for letter in word.text) for word in split_words(query.text))


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"
