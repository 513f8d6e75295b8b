"""The heat map accounts for every example, and stays small."""

import numpy as np
import pytest

from nlpref.metrics.classification import confusion_matrix
from nlpref.report.confusion import confused_pairs, heat_map

RANDOM = np.random.default_rng(0)


def matrix(labels: int, n: int = 600) -> dict:
    names = [f"label_{row}" for row in range(labels)]
    gold = RANDOM.integers(0, labels, n)
    predicted = np.where(RANDOM.random(n) < 0.7, gold, RANDOM.integers(0, labels, n))
    return confusion_matrix([names[row] for row in gold], [names[row] for row in predicted], names)


@pytest.mark.parametrize("labels", [2, 24, 77])
def test_rows_hold_every_example_of_their_label(labels: int) -> None:
    table = matrix(labels)
    totals = dict(zip(table["labels"], np.sum(table["counts"], axis=1), strict=True))
    shown = heat_map(table)
    assert {label: sum(cell.count for cell in row) for label, row in zip(shown.labels, shown.rows, strict=True)} == {
        label: totals[label] for label in shown.labels
    }
    assert all(len(row) == len(shown.columns) for row in shown.rows)


def test_few_labels_are_all_shown() -> None:
    shown = heat_map(matrix(24))
    assert shown.labels == shown.columns == [f"label_{row}" for row in range(24)]


def test_of_many_labels_the_most_confused_are_shown() -> None:
    table = matrix(77)
    counts = np.array(table["counts"])
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    shown = heat_map(table)
    assert shown.columns == [*shown.labels, "others"]
    kept = [wrong[table["labels"].index(label)] for label in shown.labels]
    assert len(kept) == 20
    assert min(kept) >= sorted(wrong)[-20]
    assert "20 labels of 77" in shown.caption


def test_shares_and_titles() -> None:
    shown = heat_map({"labels": ["a", "b", "unused"], "counts": [[3, 1, 0], [0, 0, 0], [0, 0, 0]]})
    assert shown.labels == ["a", "b"]
    right, wrong = shown.rows[0]
    assert (right.share, right.right, right.title) == (0.75, True, "a: 3 of 4 right")
    assert (wrong.share, wrong.right, wrong.title) == (0.25, False, "a taken for b: 1 of 4")
    assert [cell.share for cell in shown.rows[1]] == [0.0, 0.0]


def test_pairs_come_by_number() -> None:
    table = confused_pairs({"labels": ["a", "b", "c"], "counts": [[5, 1, 0], [3, 5, 2], [0, 0, 9]]}, most=2)
    assert [[cell.text for cell in row] for row in table.rows] == [["b", "a", "3", "30 %"], ["b", "c", "2", "20 %"]]
