"""A perceptron as a torch module, and its training; prediction needs neither."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from nlpref.classification.hidden import HiddenLayer
from nlpref.classification.linear import LinearHead
from nlpref.classification.losses import LabelLoss
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.classification.targets import Targets
from nlpref.neural.session import current_session

__all__ = ["train_perceptron"]

Floats = NDArray[np.float32]
_TINY = 1e-6
"""Features that vary less are constant, as far as float32 can tell."""


def train_perceptron(
    features: Floats, targets: Targets, hidden: int, settings: PerceptronTraining, seed: int
) -> tuple[HiddenLayer, LinearHead]:
    """Train on standardised features; the layers that are returned take the features as they are.

    Args:
        features: float32, (n_texts, n_features).
        targets: Labels of the texts, and what is done about those that are rare.
        hidden: Units.
        settings: Rates, sizes and shares.
        seed: Fixes order, dropout and initial weights. Torch's own random numbers are left as they were.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + np.float32(_TINY)
    drawn = targets.drawn
    inputs, gold = torch.from_numpy(((features - mean) / spread)[drawn]), torch.from_numpy(targets.codes[drawn])
    loss = LabelLoss(settings.label_smoothing, targets.balancing.focal, targets.label_weights(drawn))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first, last = nn.Linear(features.shape[1], hidden), nn.Linear(hidden, len(targets.labels))
        network = nn.Sequential(nn.Dropout(settings.feature_dropout), first, nn.ReLU(), nn.Dropout(settings.dropout), last)
        _run(network.train(), loss, inputs, gold, settings)
    weights = first.weight.detach().numpy().T / spread[:, None]
    bias = first.bias.detach().numpy() - mean @ weights
    head = LinearHead(targets.labels, last.weight.detach().numpy().T.copy(), last.bias.detach().numpy().copy())
    return HiddenLayer(np.ascontiguousarray(weights), bias), head


def _run(network: nn.Module, loss_of: LabelLoss, inputs: torch.Tensor, gold: torch.Tensor, settings: PerceptronTraining) -> None:
    steps = settings.epochs * -(-len(inputs) // settings.batch_size)
    optimizer = AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = OneCycleLR(optimizer, settings.learning_rate, total_steps=steps + 1, pct_start=0.1)
    for epoch in range(1, settings.epochs + 1):
        losses = []
        for rows in torch.randperm(len(inputs)).split(settings.batch_size):
            loss = loss_of(network(inputs[rows]), gold[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        if on_metrics := current_session().on_metrics:
            on_metrics({"epoch": float(epoch), "loss": float(np.mean(losses))}, epoch)
