"""What a cross-encoder's network learns by; apart from the cross-encoder, so that scoring needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors
from nlpref.retrieval.groups import RankingLoss
from nlpref.retrieval.ranking_losses import LOSSES

__all__ = ["Learner", "collator"]


class Learner(nn.Module):
    """The network with its loss, the mean over groups: the texts of one query, of which the first is relevant."""

    def __init__(self, network: EncoderNetwork, loss: RankingLoss = "contrastive") -> None:
        super().__init__()
        self.network = network
        self.loss = LOSSES[loss]

    def forward(self, sizes: Tensor, grades: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        counts = sizes.tolist()
        groups = self.network(**batch).squeeze(-1).split(counts)
        return {"loss": torch.stack([self.loss(*pair) for pair in zip(groups, grades.split(counts), strict=True)]).mean()}


def collator(subwords: Subwords) -> Callable[[list[Mapping[str, Any]]], Mapping[str, Tensor]]:
    """Makes a batch of examples that each have the ``pairs`` of one group and their ``grades``."""

    def collate(examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
        batch = tensors(subwords.pad([pair for example in examples for pair in example["pairs"]]))
        grades = torch.tensor([float(grade) for example in examples for grade in example["grades"]])
        return {**batch, "sizes": torch.tensor([len(example["pairs"]) for example in examples]), "grades": grades}

    return collate
