"""The losses of taggers against all tag sequences, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch import Tensor

from nlpref.neural.chain_loss import ChainLoss, TokenLoss, tag_loss

LABELS = ("a", "b")
WIDTH = 5


def drawn(lengths: list[int], seed: int, share: float = 0.5) -> tuple[ChainLoss, Tensor, Tensor, Tensor]:
    """A loss with random steps, scores, allowed tags of which some legal sequence is made, and what is no padding."""
    chance = np.random.default_rng(seed)
    loss = ChainLoss(LABELS)
    with torch.no_grad():
        for part in (loss.between, loss.first, loss.last):
            part.copy_(torch.from_numpy(chance.normal(size=tuple(part.shape))))
    longest = max(lengths)
    scores = torch.from_numpy(chance.normal(size=(len(lengths), longest, WIDTH)) * 2).float()
    allowed = torch.from_numpy(chance.random((len(lengths), longest, WIDTH)) < share)
    allowed[:, :, 0] |= torch.from_numpy(chance.random((len(lengths), longest)) < 0.5)
    for row, place in product(range(len(lengths)), range(longest)):
        if not allowed[row, place, [0, 1, 3]].any():
            allowed[row, place, 1] = True  # B-a is always legal
    return loss, scores, allowed, torch.arange(longest) < torch.tensor(lengths)[:, None]


def by_enumeration(loss: ChainLoss, scores: Tensor, allowed: Tensor) -> float:
    """Minus the log of the share of the allowed sequences, of one sentence without padding."""
    steps = loss.steps()
    every, possible = [], []
    for path in product(range(WIDTH), repeat=len(scores)):
        total = steps.first[path[0]] + steps.last[path[-1]]
        total += sum(float(scores[place, tag]) for place, tag in enumerate(path))
        total += sum(steps.between[one, other] for one, other in pairwise(path))
        every.append(total)
        if all(allowed[place, tag] for place, tag in enumerate(path)):
            possible.append(total)
    return float(np.logaddexp.reduce(every) - np.logaddexp.reduce(possible))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("lengths", [[1], [4], [3, 1, 4]])
def test_chain_loss_is_the_share_of_the_allowed_sequences(lengths: list[int], seed: int) -> None:
    loss, scores, allowed, real = drawn(lengths, seed)
    expected = [by_enumeration(loss, scores[row, :size], allowed[row, :size]) for row, size in enumerate(lengths)]
    assert loss(scores, allowed, real).item() == pytest.approx(sum(expected) / sum(lengths), abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_one_sequence_allowed_is_the_likelihood_of_a_crf(seed: int) -> None:
    loss, scores, _, real = drawn([4], seed)
    allowed = torch.zeros(1, 4, WIDTH, dtype=torch.bool)
    allowed[0, torch.arange(4), [1, 2, 0, 3]] = True
    expected = by_enumeration(loss, scores[0], allowed[0])
    assert loss(scores, allowed, real).item() == pytest.approx(expected / 4, abs=1e-4)


def test_all_sequences_allowed_teach_nothing() -> None:
    loss, scores, allowed, real = drawn([4, 2], 1)
    scores.requires_grad_()
    found = loss(scores, torch.ones_like(allowed), real)
    assert found.item() == pytest.approx(0.0, abs=1e-5)
    found.backward()
    assert float(scores.grad.abs().max()) < 1e-5


@pytest.mark.parametrize("chain", [True, False])
def test_gradients_are_finite_and_padding_has_none(chain: bool) -> None:
    _, scores, allowed, real = drawn([3, 1, 5], 2)
    loss = tag_loss(LABELS, chain)
    scores = (scores * 50).requires_grad_()
    loss(scores, allowed, real).backward()
    assert bool(torch.isfinite(scores.grad).all())
    assert float(scores.grad[~real].abs().max()) == 0.0
    assert float(scores.grad[real].abs().max()) > 0.0
    for parameter in loss.parameters():
        assert bool(torch.isfinite(parameter.grad).all())


@pytest.mark.parametrize("chain", [True, False])
def test_what_stands_in_the_padding_changes_nothing(chain: bool) -> None:
    drawn_loss, scores, allowed, real = drawn([3, 1, 5], 3)
    loss = drawn_loss if chain else TokenLoss(LABELS)
    filled = torch.where(real.unsqueeze(2), scores, torch.full_like(scores, 77.0))
    other = torch.where(real.unsqueeze(2), allowed, torch.zeros_like(allowed))
    assert loss(filled, other, real).item() == loss(scores, allowed, real).item()


def test_gradients_agree_with_differences() -> None:
    loss, scores, allowed, real = drawn([3, 2], 4)
    loss, scores = loss.double(), scores.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda given: loss(given, allowed, real), (scores,), atol=1e-5)


def test_token_loss_with_one_tag_is_cross_entropy() -> None:
    _, scores, _, real = drawn([4, 2], 5)
    tags = torch.tensor([[1, 2, 0, 3], [0, 1, 0, 0]])
    allowed = torch.nn.functional.one_hot(tags, WIDTH).bool()
    expected = torch.nn.functional.cross_entropy(scores[real], tags[real])
    assert TokenLoss(LABELS)(scores, allowed, real).item() == pytest.approx(float(expected), abs=1e-5)


def test_token_loss_with_several_tags_is_the_log_of_their_sum() -> None:
    scores = torch.log(torch.tensor([[[1.0, 2.0, 3.0, 4.0, 10.0]]]))
    allowed = torch.tensor([[[False, True, True, False, False]]])
    found = TokenLoss(LABELS)(scores, allowed, torch.tensor([[True]]))
    assert found.item() == pytest.approx(-np.log(5 / 20), abs=1e-6)


def test_steps_hold_the_grammar_and_what_was_learned() -> None:
    loss, *_ = drawn([1], 6)
    steps = loss.steps()
    assert steps.labels == LABELS
    assert steps.between[1, 2] == pytest.approx(loss.between[1, 2].item())
    assert np.isneginf(steps.between[[0, 1, 3], [2, 4, 2]]).all()
    assert np.isneginf(steps.first[[2, 4]]).all()
    assert TokenLoss(LABELS).steps().between[1, 2] == 0.0
