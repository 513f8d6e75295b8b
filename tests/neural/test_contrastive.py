"""The losses of a bi-encoder, worked out by hand."""

from __future__ import annotations

from math import exp, log, nan

import pytest
import torch

from nlpref.errors import InputError
from nlpref.neural.contrastive import Contrastive, info_nce, margin_mse

SCORES = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]], dtype=torch.float64)
POSITIVES = torch.tensor([0, 1])
NONE = torch.zeros(2, 3, dtype=torch.bool)


def test_info_nce_is_the_mean_cross_entropy() -> None:
    first = log(exp(2) + exp(1) + exp(0)) - 2
    second = log(exp(0) + exp(3) + exp(1)) - 3
    assert float(info_nce(SCORES, POSITIVES, NONE)) == pytest.approx((first + second) / 2)


def test_what_may_be_relevant_is_no_negative() -> None:
    ignored = torch.tensor([[False, True, False], [False, False, False]])
    first = log(exp(2) + exp(0)) - 2
    second = log(exp(0) + exp(3) + exp(1)) - 3
    assert float(info_nce(SCORES, POSITIVES, ignored)) == pytest.approx((first + second) / 2)


def test_margins_are_those_of_the_teacher() -> None:
    taught = torch.tensor([[5.0, 3.5, nan], [nan, 1.0, 1.0]], dtype=torch.float64)
    # margins of the scores: 2 - 1 and 3 - 1; of the teacher: 1.5 and 0
    assert float(margin_mse(SCORES, POSITIVES, taught)) == pytest.approx(((1 - 1.5) ** 2 + (2 - 0) ** 2) / 2)


def test_a_teacher_that_says_nothing_teaches_nothing() -> None:
    scores = SCORES.clone().requires_grad_()
    loss = margin_mse(scores, POSITIVES, torch.full((2, 3), nan, dtype=torch.float64))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.equal(scores.grad, torch.zeros(2, 3, dtype=torch.float64))


def test_first_components_are_compared_as_vectors_of_their_own() -> None:
    queries, documents = torch.tensor([[3.0, 4.0, 0.0]]), torch.tensor([[4.0, 3.0, 12.0], [0.0, 1.0, 0.0]])
    whole, two = Contrastive(temperature=0.5, dims=(2,)).scores(queries, documents)
    assert whole.tolist()[0] == pytest.approx([24 / 65 / 0.5, 0.8 / 0.5])
    assert two.tolist()[0] == pytest.approx([24 / 25 / 0.5, 0.8 / 0.5])
    with pytest.raises(InputError, match="3 components, fewer than 4"):
        Contrastive(dims=[2, 4]).scores(queries, documents)


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"distilled": 1.5}, {"chunk": 0}, {"dims": [0]}, {"dims": [1.5]}])
def test_values_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="temperature > 0"):
        Contrastive(**wrong)
