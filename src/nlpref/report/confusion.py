"""Which labels are taken for which: a heat map that stays readable, and the pairs confused most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.report import words
from nlpref.report.tables import Cell, Table

__all__ = ["HeatCell", "HeatMap", "confused_pairs", "heat_map"]

IntArray = NDArray[np.int64]

ALL_LABELS = 26
"""Up to this many labels the heat map shows all of them."""
MOST_CONFUSED = 20


@dataclass(frozen=True)
class HeatCell:
    """Examples of one gold label with one predicted label, and their share of the gold label's examples."""

    count: int
    share: float
    right: bool
    title: str


@dataclass(frozen=True)
class HeatMap:
    """Gold labels in rows, predicted labels in columns. ``caption`` says what was left out."""

    caption: str
    labels: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[HeatCell]]


def heat_map(matrix: Mapping[str, Any]) -> HeatMap:
    """The confusion matrix of a record; with many labels, the most confused ones, and a column for all others."""
    labels, counts = _read(matrix)
    seen = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    if len(seen) <= ALL_LABELS:
        kept, caption = seen, "Gold labels in rows, predicted labels in columns; shade: share of the row."
    else:
        kept = np.sort(sorted(seen, key=lambda row: (-int(wrong[row]), labels[row]))[:MOST_CONFUSED])
        caption = (
            f"The {len(kept)} labels of {len(seen)} with the most confusions. Gold labels in rows, predicted labels in columns; "
            "shade: share of the row. The last column holds predictions of all other labels."
        )
    names = [labels[row] for row in kept]
    rest = len(kept) < len(seen)
    rows = []
    for gold in kept:
        total = int(counts[gold].sum())
        inside = [(labels[column], int(counts[gold, column])) for column in kept]
        outside = [("another label", total - sum(number for _, number in inside))] if rest else []
        rows.append([_cell(labels[gold], predicted, number, total) for predicted, number in (*inside, *outside)])
    return HeatMap(caption, names, [*names, "others"] if rest else names, rows)


def confused_pairs(matrix: Mapping[str, Any], most: int = 12) -> Table:
    """The pairs of different labels with the most examples."""
    labels, counts = _read(matrix)
    wrong = counts - np.diag(counts.diagonal())
    cells = sorted(zip(*np.nonzero(wrong), strict=True), key=lambda cell: (-int(wrong[cell]), labels[cell[0]], labels[cell[1]]))
    rows = [
        [
            Cell(labels[gold], "", "head"),
            Cell(labels[predicted], "", "text"),
            Cell(f"{counts[gold, predicted]:,}"),
            Cell(words.percent(counts[gold, predicted] / counts[gold].sum())),
        ]
        for gold, predicted in cells[:most]
    ]
    return Table("The pairs confused most", ["Gold", "Predicted", "Times", "Share of gold"], rows)


def _read(matrix: Mapping[str, Any]) -> tuple[list[str], IntArray]:
    labels = [str(label) for label in matrix["labels"]]
    return labels, np.array(matrix["counts"], dtype=np.int64).reshape(len(labels), len(labels))


def _cell(gold: str, predicted: str, number: int, total: int) -> HeatCell:
    title = f"{gold} taken for {predicted}: {number} of {total}" if gold != predicted else f"{gold}: {number} of {total} right"
    return HeatCell(number, number / total if total else 0.0, gold == predicted, title)
