"""What a classifier's network learns by; apart from the classifier, so that predicting needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tokenizers import Encoding
from torch import Tensor, nn

from nlpref.classification.losses import LabelLoss
from nlpref.classification.targets import Targets
from nlpref.held_out import Indices
from nlpref.neural.batching import padded
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors

__all__ = ["Learner", "Student", "collator", "disagreement", "examples_of", "start_head"]

Example = Mapping[str, Any]


class Learner(nn.Module):
    """The network with its loss.

    Args:
        network: What learns.
        loss: Of logits and labels.
        consistency: With a weight above 0, each batch goes through the network twice, under two draws of dropout, and so
            much of their disagreement is added to the mean of their losses.

    Source: Liang et al. 2021, R-Drop, equation 4; its alpha is twice this weight, since it sums the two losses.
    """

    def __init__(self, network: EncoderNetwork, loss: LabelLoss, consistency: float = 0.0) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.consistency = consistency

    def forward(self, labels: Tensor, **batch: Tensor) -> dict[str, Tensor]:
        if not self.consistency:
            return {"loss": self.loss(self.network(**batch), labels)}
        logits = self.network(**{name: torch.cat([tensor, tensor]) for name, tensor in batch.items()})
        return {"loss": self.loss(logits, torch.cat([labels, labels])) + self.consistency * disagreement(*logits.chunk(2))}


def disagreement(first: Tensor, second: Tensor) -> Tensor:
    """Mean of the Kullback-Leibler divergences of two answers, either way, over the texts.

    Args:
        first: Logits, (n_texts, n_labels).
        second: Others for the same texts.
    """
    one, other = first.log_softmax(-1), second.log_softmax(-1)
    return ((one.exp() - other.exp()) * (one - other)).sum(-1).mean() / 2


class Student(nn.Module):
    """The network with the loss of distillation; a label of -1, or weights of labels that are all 0, is not known.

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
        known = labels >= 0 if labels.dim() == 1 else labels.sum(-1) > 0
        truth = nn.functional.cross_entropy(logits, labels.clamp(min=0), reduction="none")
        return {"loss": torch.where(known, self.hard * truth + (1 - self.hard) * distance, distance).mean()}


def collator(subwords: Subwords) -> Callable[[list[Example]], Mapping[str, Tensor]]:
    """Makes a batch of examples that have an ``encoding``, a ``label`` and perhaps ``soft`` log-probabilities.

    A label is its number, or the weights of all labels, float32, (n_labels,).
    """

    def collate(examples: list[Example]) -> Mapping[str, Tensor]:
        batch = tensors(subwords.pad([example["encoding"] for example in examples]))
        batch["labels"] = torch.from_numpy(np.array([example["label"] for example in examples]))
        if "soft" in examples[0]:
            batch["soft"] = torch.from_numpy(np.stack([example["soft"] for example in examples]))
        return batch

    return collate


def examples_of(
    encodings: Sequence[Encoding], targets: Targets, rows: Indices, soft: NDArray[np.float32] | None = None
) -> list[Example]:
    """What a network is trained on: encoded texts with their labels, in the order of ``rows``.

    Args:
        encodings: Of all texts.
        targets: Of the first of them; the labels of the others are not known.
        rows: Which texts, some of them perhaps several times.
        soft: Log-probabilities by a teacher, (n_texts, n_labels).
    """
    unknown = len(encodings) - len(targets.codes)
    if targets.weights is None:
        aims: NDArray[Any] = np.concatenate([targets.codes, np.full(unknown, -1, dtype=np.intp)])
    else:
        nothing = np.zeros((unknown, len(targets.labels)))
        aims = np.concatenate([targets.weights, nothing]).astype(np.float32)
    taught = [{}] * len(encodings) if soft is None else [{"soft": row} for row in soft]
    return [{"input_ids": encodings[row].ids, "encoding": encodings[row], "label": aims[row], **taught[row]} for row in rows]


def start_head(
    network: EncoderNetwork, subwords: Subwords, texts: Sequence[str], targets: Targets, strength: float, size: int = 32
) -> None:
    """Start the head from a logistic regression on the frozen features.

    Args:
        network: Its head is set.
        subwords: The tokenizer.
        texts: Training texts.
        targets: Their labels, and what is done about those that are rare.
        strength: Inverse regularisation strength C.
        size: Most texts in a forward pass.
    """
    head: Any = network.head
    pooled = np.zeros((len(texts), head.in_features), dtype=np.float32)
    encodings = subwords.texts(texts)
    with torch.inference_mode():
        for rows in padded([len(encoding.ids) for encoding in encodings], size):
            pooled[rows] = network.features(**tensors(subwords.pad([encodings[row] for row in rows]))).numpy()
    fitted = targets.train(LogisticRegression(C=strength, max_iter=1000), pooled, np.arange(len(texts)))
    weights, bias = torch.from_numpy(fitted.coef_).float(), torch.from_numpy(fitted.intercept_).float()
    if head.out_features == 2:  # scikit-learn keeps one row for two labels
        weights, bias = torch.cat([-weights, weights]) / 2, torch.cat([-bias, bias]) / 2
    with torch.no_grad():
        head.weight.copy_(weights / network.scale)
        head.bias.copy_(bias)
