"""What the recurrent tagger learns by; apart from the tagger, so that tagging needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpref.neural.chain_loss import ChainLoss, TokenLoss
from nlpref.tagging.recurrent_network import RecurrentNetwork
from nlpref.tagging.recurrent_reader import Sentence, batch_of

__all__ = ["Learner", "collate"]


class Learner(nn.Module):
    """The network with its loss, which also holds what was learned of the steps between tags."""

    def __init__(self, network: RecurrentNetwork, loss: TokenLoss | ChainLoss) -> None:
        super().__init__()
        self.network = network
        self.loss = loss

    def forward(self, allowed: Tensor, real: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        return {"loss": self.loss(self.network(**batch), allowed, real)}

    def scores(self, sentences: Sequence[Sentence]) -> list[NDArray[np.float64]]:
        """Scores of the tags of each sentence, (n_tokens, n_tags)."""
        device = self.network.head.weight.device
        with torch.inference_mode():
            found = self.network(**{name: tensor.to(device) for name, tensor in batch_of(sentences).items()})
        table = found.cpu().double().numpy()
        return [table[row, : len(one)] for row, one in enumerate(sentences)]


def collate(examples: list[Mapping[str, Any]]) -> Mapping[str, Tensor]:
    """A batch of examples that have a ``sentence`` and its ``allowed`` tags."""
    batch = batch_of([example["sentence"] for example in examples])
    shape = (*batch["words"].shape, examples[0]["allowed"].shape[1])
    allowed = np.ones(shape, dtype=bool)
    for row, example in enumerate(examples):
        allowed[row, : len(example["allowed"])] = example["allowed"]
    real = torch.arange(shape[1]) < batch["lengths"][:, None]
    return {**batch, "allowed": torch.from_numpy(allowed), "real": real}
