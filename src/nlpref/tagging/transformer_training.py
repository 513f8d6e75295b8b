"""What a tagger's network learns by; apart from the tagger, so that tagging needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch
from nlpref.neural.torch_engine import tensors

__all__ = ["Learner", "collator"]

IGNORED = -100


class Learner(nn.Module):
    """The network with its loss: cross-entropy at the first sub-word of each word."""

    def __init__(self, network: EncoderNetwork) -> None:
        super().__init__()
        self.network = network
        self.loss = nn.CrossEntropyLoss(ignore_index=IGNORED)

    def forward(self, labels: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        return {"loss": self.loss(self.network(**batch).flatten(0, 1), labels.flatten())}


def collator(batch_of: Callable[[Sequence[Any]], Batch]) -> Callable[[list[Mapping[str, Any]]], Mapping[str, Tensor]]:
    """Makes a batch of examples that have a ``piece`` of a sentence and its ``tags``; ``batch_of`` stacks pieces."""

    def collate(examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
        batch = tensors(batch_of([example["piece"] for example in examples]))
        labels = torch.full_like(batch["input_ids"], IGNORED)
        for row, example in enumerate(examples):
            for word, position in example["piece"].first.items():
                labels[row, position] = example["tags"][word]
        return {**batch, "labels": labels}

    return collate
