"""Scores of each entity type with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlpref.metrics.spans import per_type_intervals
from nlpref.report import words
from nlpref.report.sentences import Sentence
from nlpref.report.tables import Cell, Table

__all__ = ["type_intervals", "types_table"]

Intervals = Mapping[str, Mapping[str, Sequence[float]]]


def type_intervals(details: Mapping[str, Any], sentences: Sequence[Sentence]) -> Intervals:
    """Ends of the intervals by type and score: those of the record, or those of the sentences where it has none."""
    if "per_type_intervals" in details:
        found: Intervals = details["per_type_intervals"]
        return found
    return per_type_intervals([one.gold for one in sentences], [one.predicted for one in sentences])


def types_table(scores: Mapping[str, Mapping[str, float]], intervals: Intervals) -> Table:
    """A row for each type, lowest F1 first; what has no gold entity comes last.

    Args:
        scores: ``per_type`` of the record.
        intervals: As ``type_intervals`` gives them.
    """
    ranked = sorted(scores.items(), key=lambda pair: (pair[1]["support"] == 0, pair[1]["f1"], pair[0]))
    rows = [
        [
            Cell(name, "", "head"),
            _score(one["precision"], intervals.get(name, {}).get("precision")),
            _score(one["recall"], intervals.get(name, {}).get("recall")),
            _score(one["f1"], intervals.get(name, {}).get("f1"), one["f1"])
            if one["support"]
            else Cell("no gold example", "", "missing"),
            Cell(f"{one['support']:,.0f}"),
        ]
        for name, one in ranked
    ]
    return Table("Entity types, lowest F1 first", ["Type", "Precision", "Recall", "F1", "n"], rows)


def _score(value: float, ends: Sequence[float] | None, share: float | None = None) -> Cell:
    return Cell(words.decimal(value), words.interval(float(ends[0]), float(ends[1])) if ends else "", share=share)
