"""A rate of the steps is a factor on their weights, and nothing else."""

from __future__ import annotations

import numpy as np
import torch

from nlpref.neural.chain_loss import ChainLoss


def test_weights_that_are_divided_by_the_rate_give_the_same_loss_and_steps() -> None:
    generator = torch.Generator().manual_seed(3)
    plain, fast = ChainLoss(["a", "b"]), ChainLoss(["a", "b"], rate=8.0)
    with torch.no_grad():
        for one, other in zip(plain.parameters(), fast.parameters(), strict=True):
            one.copy_(torch.randn(one.shape, generator=generator))
            other.copy_(one / 8)
    scores = torch.randn(2, 4, 5, generator=generator)
    allowed = torch.zeros(2, 4, 5, dtype=torch.bool)
    allowed[:, :, :2] = True
    real = torch.tensor([[True] * 4, [True] * 2 + [False] * 2])
    assert torch.allclose(plain(scores, allowed, real), fast(scores, allowed, real))
    np.testing.assert_allclose(plain.steps().between, fast.steps().between, rtol=1e-6)
    np.testing.assert_allclose(plain.steps().first, fast.steps().first, rtol=1e-6)
    np.testing.assert_allclose(plain.steps().last, fast.steps().last, rtol=1e-6)
