"""One network out of several trainings of it: the mean of their weights."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import nn

__all__ = ["soup"]

Module = TypeVar("Module", bound=nn.Module)


def soup(module: Module, trainings: int, train: Callable[[Module, int], Any]) -> list[Any]:
    """Train a module several times from the same start, and give it the mean of the weights.

    Trainings of one pretrained network from one initial head end in the same basin, so that the mean of their weights does
    what the mean of their answers would, at the price of one network.

    Args:
        module: Given the mean, in place.
        trainings: How many.
        train: Trains a copy in place; told its number, by which order and dropout should differ.

    Returns:
        What ``train`` returned each time.

    Source: Wortsman et al. 2022 (uniform soup).
    """
    if trainings == 1:
        return [train(module, 0)]
    total: dict[str, torch.Tensor] = {}
    told = []
    for number in range(trainings):
        one = copy.deepcopy(module)
        told.append(train(one, number))
        for name, tensor in one.state_dict().items():
            total[name] = total[name] + tensor if name in total else tensor.clone()
    module.load_state_dict(
        {name: tensor / trainings if tensor.is_floating_point() else tensor // trainings for name, tensor in total.items()}
    )
    return told
