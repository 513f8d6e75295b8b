"""A module in training, and beside it the moving average of its weights.

Steps of gradient descent go around the minimum rather than into it; the mean of the last ones lies nearer. The average costs
one more copy of the weights and nothing when predicting. Both copies are in the module's state, so a checkpoint holds both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

__all__ = ["Averaged"]


class Averaged(nn.Module):
    """Trains a module in place and follows its weights.

    Args:
        module: What is trained; the wrapper's output is its output.
        decay: Share of the average that stays at a step; about the last ``1 / (1 - decay)`` steps count. In step ``t`` it is
            at most ``(1 + t) / (10 + t)``, so that the first weights are soon forgotten.

    Source: Polyak and Juditsky 1992; the bound on the decay is that of TensorFlow's ``ExponentialMovingAverage``.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        super().__init__()

        def blend(average: Any, current: Any, steps: Tensor | int) -> None:
            done = int(steps)
            torch._foreach_lerp_(average, current, 1 - min(decay, (1 + done) / (10 + done)))

        self.module = module
        self.average = AveragedModel(module, multi_avg_fn=blend).requires_grad_(False)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self.module(*inputs, **named)

    def follow(self) -> None:
        """Take the weights of this step into the average."""
        self.average.update_parameters(self.module)

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """Within the block, the module has the average's weights."""
        self.swap()
        try:
            yield
        finally:
            self.swap()

    def swap(self) -> None:
        """Exchange the module's weights and the average's; nothing is copied."""
        for own, mean in zip(self.module.parameters(), self.average.parameters(), strict=True):
            own.data, mean.data = mean.data, own.data
