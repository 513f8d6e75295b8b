"""A bag of tokens as a torch module, and the epochs of its training; prediction needs neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from nlpref.classification.bag import Bag
from nlpref.classification.bag_training import BagTraining
from nlpref.classification.hidden import HiddenLayer
from nlpref.classification.linear import LinearHead
from nlpref.neural.token_table import TokenTable

__all__ = ["train_bag"]

Floats = NDArray[np.float32]


def train_bag(
    start: TokenTable,
    texts: Sequence[str],
    gold: Sequence[str],
    labels: tuple[str, ...],
    hidden: int | None,
    settings: BagTraining,
    seed: int,
) -> Iterator[tuple[float, Bag]]:
    """Train token vectors, token weights and head together; gives mean loss and bag at the end of each epoch.

    Only tokens that the training texts hold are trained; the others keep their vectors and a weight of one.

    Args:
        start: Where token vectors start.
        texts: Training texts.
        gold: The label of each.
        labels: All labels, sorted.
        hidden: Units of the hidden layer, None for a linear head.
        settings: Rates, sizes and shares.
        seed: Fixes order, dropout and initial weights. Torch's own random numbers are left as they were.
    """
    ids = start.ids(texts)
    seen = np.unique(np.fromiter(chain.from_iterable(ids), np.intp))
    vectors = start.vectors / _mean_length(start.vectors[seen])
    bags = [torch.from_numpy(np.searchsorted(seen, row)).long() for row in ids]
    targets = torch.from_numpy(np.searchsorted(labels, gold)).long()
    chance = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _Network(torch.from_numpy(vectors[seen]), len(labels), hidden, settings)
    optimizer, schedule = _optimization(network, settings, -(-len(bags) // settings.batch_size) * settings.epochs)
    for _ in range(settings.epochs):
        losses = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(chance.integers(2**32)))
            for rows in torch.from_numpy(chance.permutation(len(bags))).split(settings.batch_size):
                loss = network([bags[row] for row in rows.tolist()], targets[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
        learned = vectors.copy()
        learned[seen] = network.weighted().detach().numpy()
        yield float(np.mean(losses)), Bag(TokenTable(start.tokenizer, learned, start.max_length), *network.head(labels))


class _Network(nn.Module):
    def __init__(self, start: Tensor, n_labels: int, hidden: int | None, settings: BagTraining) -> None:
        super().__init__()
        self.start = start
        self.moved = nn.Parameter(torch.zeros_like(start))  # so that weight decay draws the vectors to their start
        self.log_weights = nn.Parameter(torch.zeros(len(start)))
        dim = start.shape[1]
        self.scale = dim**0.5  # the first layer reads features of variance one, which suits its initial weights
        self.hidden = None if hidden is None else nn.Linear(dim, hidden)
        self.linear = nn.Linear(dim if hidden is None else hidden, n_labels)
        self.token_dropout = nn.Dropout(settings.token_dropout)
        self.dropout = nn.Dropout(settings.dropout)
        self.loss = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)

    def weighted(self) -> Tensor:
        """Token vectors times their weights, (n_tokens, dim)."""
        return (self.start + self.moved) * self.log_weights.exp()[:, None]

    def forward(self, bags: Sequence[Tensor], labels: Tensor) -> Tensor:
        flat, lengths = torch.cat(list(bags)), torch.tensor([len(bag) for bag in bags])
        weights = self.token_dropout(self.log_weights[flat].exp())
        vectors = self.start[flat] + self.moved[flat]
        sums = torch.zeros(len(bags), vectors.shape[1]).index_add(
            0, torch.arange(len(bags)).repeat_interleave(lengths), vectors * weights[:, None]
        )
        features = nn.functional.normalize(sums) * self.scale
        if self.hidden is not None:
            features = self.hidden(features).relu()
        loss: Tensor = self.loss(self.linear(self.dropout(features)), labels)
        return loss

    def head(self, labels: tuple[str, ...]) -> tuple[HiddenLayer | None, LinearHead]:
        """The layers as numpy has them, for features of unit length."""
        weights, bias = _arrays(self.linear)
        if self.hidden is None:
            return None, LinearHead(labels, weights * np.float32(self.scale), bias)
        first, shift = _arrays(self.hidden)
        return HiddenLayer(first * np.float32(self.scale), shift), LinearHead(labels, weights, bias)


def _arrays(layer: nn.Linear) -> tuple[Floats, Floats]:
    """Copies of weights, (n_in, n_out), and bias."""
    return layer.weight.detach().numpy().T.copy(), layer.bias.detach().numpy().copy()


def _mean_length(vectors: Floats) -> np.float32:
    """Mean length of some vectors, or 1 if none has any."""
    lengths = np.linalg.norm(vectors, axis=1)
    return np.float32(lengths.mean() if lengths.any() else 1.0)


def _optimization(network: _Network, settings: BagTraining, steps: int) -> tuple[AdamW, LambdaLR]:
    decayed = [parameter for name, parameter in network.named_parameters() if name != "log_weights"]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": [network.log_weights], "weight_decay": 0.0}]
    optimizer = AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    warm = max(1, steps // 10)
    return optimizer, LambdaLR(optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm)))
