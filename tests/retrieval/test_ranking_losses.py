"""Losses of a cross-encoder by hand, and the groups they see."""

from __future__ import annotations

from math import exp, log

import pytest
import torch

from nlpref.retrieval.groups import Group, groups_of, lists_of
from nlpref.retrieval.ranking_losses import contrastive, listwise, margin_mse

SCORES = torch.tensor([1.0, 0.0, 2.0], dtype=torch.float64)
TOTAL = log(exp(1) + exp(0) + exp(2))
TRIPLES = [("q", "a", 1.0), ("q", "b", 0.0), ("p", "c", 1.0), ("q", "d", 2.0), ("q", "e", -1.0), ("r", "f", 0.0)]


def test_losses_by_hand() -> None:
    grades = torch.tensor([2.0, 1.0, -1.0], dtype=torch.float64)
    assert float(contrastive(SCORES, grades)) == pytest.approx(TOTAL - 1)
    assert float(listwise(SCORES, grades)) == pytest.approx(2 / 3 * (TOTAL - 1) + 1 / 3 * (TOTAL - 0))
    assert float(margin_mse(SCORES, grades)) == pytest.approx(((1 - 1) ** 2 + (-1 - 3) ** 2) / 2)


def test_listwise_of_one_relevant_text_is_contrastive() -> None:
    grades = torch.tensor([3.0, 0.0, 0.0], dtype=torch.float64)
    assert float(listwise(SCORES, grades)) == pytest.approx(float(contrastive(SCORES, grades)))


def test_groups_have_one_relevant_text_and_lists_all() -> None:
    assert groups_of(TRIPLES) == [Group("q", ("a", "b", "e"), (1.0, 0.0, -1.0)), Group("q", ("d", "b", "e"), (2.0, 0.0, -1.0))]
    assert lists_of(TRIPLES) == [Group("q", ("a", "d", "b", "e"), (1.0, 2.0, 0.0, -1.0))]
    scores = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert lists_of(TRIPLES, scores) == [Group("q", ("a", "d", "b", "e"), (0.5, 3.5, 1.5, 4.5))]
