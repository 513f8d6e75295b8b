"""Recall of rare labels, worked out by hand."""

from __future__ import annotations

import pytest

from nlpref.metrics.classification import per_label
from nlpref.metrics.rarity import rare_label_recall


def scored(**recall: float) -> dict[str, dict[str, float]]:
    return {label: {"recall": value, "support": 2.0} for label, value in recall.items()}


def test_the_rarest_third_and_those_as_rare() -> None:
    learnt = list("aabbcccddddeeeee" + "f" * 6)  # a and b are as rare
    found = rare_label_recall(learnt, scored(a=0.1, b=0.3, c=0.5, d=0.7, e=0.9, f=1.0))
    assert found == pytest.approx({"labels": 2, "at_most": 2, "recall": 0.2, "recall_of_others": 0.775})
    assert rare_label_recall(list("aabbbccc"), scored(a=0.0, b=1.0, c=1.0))["labels"] == 1
    assert rare_label_recall(list("abbcc"), scored(a=0.0, b=1.0))["labels"] == 1  # c is not met, and a is the third of two


def test_labels_that_say_nothing_are_left_out() -> None:
    found = rare_label_recall(list("abbccc"), {**per_label(list("abbcx"), list("abccx")), "z": {"recall": 0.0, "support": 0.0}})
    assert found == {"labels": 1, "at_most": 1, "recall": 1.0, "recall_of_others": 0.75}


@pytest.mark.parametrize("learnt", ["aabbcc", "aaabbb", "", "aaa"])
def test_nothing_is_rare_where_all_are_alike(learnt: str) -> None:
    assert rare_label_recall(list(learnt), scored(a=1.0, b=0.5, c=0.0)) == {}


def test_nothing_is_rare_where_all_but_one_are() -> None:
    assert rare_label_recall(list("abcdddd"), scored(a=1.0, b=1.0, c=1.0, d=0.5))["labels"] == 3
