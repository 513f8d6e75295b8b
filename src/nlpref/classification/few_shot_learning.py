"""What a few-shot classifier learns by; apart from the classifier, so that predicting needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from nlpref.classification.few_shot_training import FewShotTraining
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.session import current_session
from nlpref.neural.upper_layers import UpperLayers

__all__ = ["alike_together", "contrast", "tune"]

TOGETHER = 4
"""Texts of one label that follow each other in the order of an epoch, so that a batch holds others of the same label."""


def tune(
    network: EncoderNetwork,
    upper: UpperLayers,
    states: Sequence[Tensor],
    targets: NDArray[np.intp],
    settings: FewShotTraining,
    seed: int,
) -> list[dict[str, float]]:
    """Train the upper layers and the head of a network in place.

    Args:
        network: The whole, with a head that was fitted to the features as they are.
        upper: The layers of it that are trained.
        states: What the lower layers make of each text.
        targets: Number of the label of each, (n_texts,).
        settings: Rates and weights.
        seed: Fixes order and dropout. Torch's own random numbers are left as they were.

    Returns:
        The log, the mean loss of each epoch, of which the running session is told too.
    """
    layers, head = list(upper.parameters()), cast(nn.Linear, network.head)
    groups = [
        {"params": layers, "lr": settings.learning_rate},
        {"params": head.parameters(), "lr": settings.head_learning_rate},
    ]
    optimizer = AdamW(groups, weight_decay=settings.weight_decay)
    steps = -(-len(states) // settings.batch_size) * settings.epochs
    warm = max(1, steps // 10)
    schedule = LambdaLR(optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm)))
    chance, gold = np.random.default_rng(seed), torch.from_numpy(targets).long()
    cross_entropy = nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    history: list[dict[str, float]] = []
    for epoch in range(1, settings.epochs + 1):
        losses = []
        network.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(chance.integers(2**32)))
            for rows in torch.from_numpy(alike_together(targets, chance)).split(settings.batch_size):
                vectors = upper([states[row] for row in rows.tolist()])
                loss = cross_entropy(network.answer(vectors), gold[rows])
                if settings.contrast:
                    loss = loss + settings.contrast * contrast(vectors, gold[rows], settings.temperature)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(layers, settings.max_grad_norm)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
        history.append({"epoch": float(epoch), "loss": float(np.mean(losses))})
        if on_metrics := current_session().on_metrics:
            on_metrics(history[-1], epoch)
    network.eval()
    return history


def contrast(vectors: Tensor, targets: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss: how far each text is from those of its label, among all of the batch.

    Args:
        vectors: Of unit length, (n_texts, dim).
        targets: Number of the label of each, (n_texts,).
        temperature: Divides the similarities.

    Returns:
        The mean over the texts that have another of their label; 0 if none has.

    Source: Khosla et al. 2020, equation 2.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool)
    alike = (targets[:, None] == targets[None, :]) & ~itself
    logs = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf).log_softmax(dim=1)
    counts = alike.sum(dim=1)
    concerned = counts > 0
    if not concerned.any():
        return vectors.sum() * 0
    return -(logs.masked_fill(~alike, 0.0).sum(dim=1)[concerned] / counts[concerned]).mean()


def alike_together(targets: NDArray[np.intp], chance: np.random.Generator) -> NDArray[np.intp]:
    """A random order of rows in which some of one label follow each other.

    Labels take turns in random order, each giving up to ``TOGETHER`` of its rows at a turn, until none has any left.

    Args:
        targets: Number of the label of each row.
        chance: Where the order comes from.
    """
    shuffled = chance.permutation(len(targets))
    numbers = np.zeros(len(targets), dtype=np.intp)
    for label in np.unique(targets):
        rows = shuffled[targets[shuffled] == label]
        numbers[rows] = np.arange(len(rows)) // TOGETHER
    turn = np.stack([chance.permutation(targets.max() + 1) for _ in range(numbers.max() + 1)])
    return shuffled[np.lexsort((turn[numbers, targets][shuffled], numbers[shuffled]))]
