"""What a classifier's network learns by; apart from the classifier, so that predicting needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from nlpref.neural.batching import padded
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors

__all__ = ["Learner", "Student", "collator", "start_head"]

Example = Mapping[str, Any]


class Learner(nn.Module):
    """The network with its loss: cross-entropy with label smoothing."""

    def __init__(self, network: EncoderNetwork, label_smoothing: float) -> None:
        super().__init__()
        self.network = network
        self.loss = nn.CrossEntropyLoss(label_smoothing=label_smoothing)

    def forward(self, labels: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        return {"loss": self.loss(self.network(**batch), labels)}


class Student(nn.Module):
    """The network with the loss of distillation; a label of -1 is not known.

    Source: Hinton, Vinyals and Dean 2015, section 2 (softened targets, their gradients scaled by the squared temperature).
    """

    def __init__(self, network: EncoderNetwork, temperature: float, hard: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature
        self.hard = hard

    def forward(self, labels: Tensor, soft: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        logits = self.network(**batch)
        aim = (soft / self.temperature).softmax(-1)
        distance = -(aim * (logits / self.temperature).log_softmax(-1)).sum(-1) * self.temperature**2
        known = labels >= 0
        truth = nn.functional.cross_entropy(logits, labels.clamp(min=0), reduction="none")
        return {"loss": torch.where(known, self.hard * truth + (1 - self.hard) * distance, distance).mean()}


def collator(subwords: Subwords) -> Callable[[list[Example]], Mapping[str, Tensor]]:
    """Makes a batch of examples that have an ``encoding``, a ``label`` and perhaps ``soft`` log-probabilities."""

    def collate(examples: list[Example]) -> Mapping[str, Tensor]:
        batch = tensors(subwords.pad([example["encoding"] for example in examples]))
        batch["labels"] = torch.tensor([example["label"] for example in examples])
        if "soft" in examples[0]:
            batch["soft"] = torch.from_numpy(np.stack([example["soft"] for example in examples]))
        return batch

    return collate


def start_head(
    network: EncoderNetwork, subwords: Subwords, texts: Sequence[str], targets: Sequence[int], strength: float, size: int = 32
) -> None:
    """Start the head from a logistic regression on the frozen features.

    Args:
        network: Its head is set.
        subwords: The tokenizer.
        texts: Training texts.
        targets: Their labels' numbers.
        strength: Inverse regularisation strength C.
        size: Most texts in a forward pass.
    """
    head: Any = network.head
    pooled = np.zeros((len(texts), head.in_features), dtype=np.float32)
    encodings = subwords.texts(texts)
    with torch.inference_mode():
        for rows in padded([len(encoding.ids) for encoding in encodings], size):
            pooled[rows] = network.features(**tensors(subwords.pad([encodings[row] for row in rows]))).numpy()
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(pooled, targets)
    weights, bias = torch.from_numpy(fitted.coef_).float(), torch.from_numpy(fitted.intercept_).float()
    if head.out_features == 2:  # scikit-learn keeps one row for two labels
        weights, bias = torch.cat([-weights, weights]) / 2, torch.cat([-bias, bias]) / 2
    with torch.no_grad():
        head.weight.copy_(weights / network.scale)
        head.bias.copy_(bias)
