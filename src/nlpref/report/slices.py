"""On which kinds of texts a classifier is weak: slices by length, by words that training lacks, by the facts of the texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlpref.metrics.slices import SUPPORT, Column, Slice, find_slices
from nlpref.report import words
from nlpref.report.tables import Cell, Table
from nlpref.text.words import split_words

__all__ = ["LENGTH", "UNSEEN", "slices_of", "slices_table"]

LENGTH = "words in the text"
UNSEEN = "share of words that training lacks"
_SHOWN = 12


def slices_of(rows: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]] = ()) -> list[Slice]:
    """All slices that were tested, the least probable first.

    Args:
        rows: Of ``predictions.jsonl``.
        known: Of ``familiarity.jsonl``; empty if the run has none.
    """
    return find_slices([row["gold"] != row["predicted"] for row in rows], list(_columns(rows, known)))


def slices_table(slices: Sequence[Slice], facts: bool) -> Table:
    """A row for each weak slice; the caption says how many were tested.

    Args:
        slices: As ``slices_of`` gives them.
        facts: Whether the texts have facts, such as a channel, that slices were cut by.
    """
    weak = [one for one in slices if one.weak]
    by = "length, unseen words and the facts of the texts" if facts else "length and unseen words; the texts carry no other facts"
    tested = f"{words.count(len(slices), 'slice')} of at least {SUPPORT} texts tested, by {by}"
    if not weak:
        return Table(f"No slice is wrong more often than the rest by more than chance ({tested})", [], [])
    rows = [
        [
            Cell(f"{one.column}: {one.value}", "", "head"),
            Cell(words.percent(one.rate), f"{one.wrong:,} of {one.n:,}", share=one.rate),
            Cell(words.percent(one.rest_rate)),
            Cell(words.p_value(one.p_value)),
        ]
        for one in weak[:_SHOWN]
    ]
    caption = f"Slices that are wrong more often than the rest ({tested}; one-sided exact test, adjusted by Holm)"
    return Table(caption, ["Texts", "Wrong", "Wrong elsewhere", "Adjusted p"], rows)


def _columns(rows: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> Iterator[Column]:
    yield Column(LENGTH, [float(len(split_words(str(row["text"])))) for row in rows])
    if len(known) == len(rows):
        yield Column(UNSEEN, [row.get("unseen") for row in known], words.percent)
    facts = [row.get("facts", {}) for row in rows]
    for name in dict.fromkeys(name for one in facts for name in one):
        values = [str(value) if (value := one.get(name)) not in (None, "") else None for one in facts]
        yield Column(name, _numbers(values) or values)


def _numbers(values: Sequence[str | None]) -> list[float | None]:
    """The same as numbers, if all that are known are; else nothing."""
    try:
        return [None if value is None else float(value) for value in values]
    except ValueError:
        return []
