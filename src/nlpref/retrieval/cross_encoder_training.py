"""What a cross-encoder's network learns by; apart from the cross-encoder, so that scoring needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors

__all__ = ["Learner", "collator"]


class Learner(nn.Module):
    """The network with its loss: softmax cross-entropy over each group, whose first text is the relevant one."""

    def __init__(self, network: EncoderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, sizes: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        groups = self.network(**batch).squeeze(-1).split(sizes.tolist())
        return {"loss": torch.stack([-group.log_softmax(0)[0] for group in groups]).mean()}


def collator(subwords: Subwords) -> Callable[[list[Mapping[str, Any]]], Mapping[str, Tensor]]:
    """Makes a batch of examples that each have the ``pairs`` of one group."""

    def collate(examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
        batch = tensors(subwords.pad([pair for example in examples for pair in example["pairs"]]))
        return {**batch, "sizes": torch.tensor([len(example["pairs"]) for example in examples])}

    return collate
