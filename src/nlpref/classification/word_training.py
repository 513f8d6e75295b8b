"""How a network over words is trained: the settings, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from nlpref.errors import InputError

__all__ = ["WordTraining"]


@dataclass(frozen=True)
class WordTraining:
    """How to train word embeddings and the network above them, from nothing but the task.

    Args:
        epochs: Passes over the training data, at most.
        learning_rate: Peak learning rate of AdamW; it falls to nothing along half a cosine.
        batch_size: Texts in one step, of like length.
        weight_decay: AdamW's decay.
        word_dropout: Share of words replaced by the unknown word in a step, from which its embedding learns.
        dropout: Share of components left out in a step, of the embeddings and of the features.
        label_smoothing: Share of probability spread over all labels in the training target.
        max_grad_norm: Longest gradient; longer ones are scaled down.
        patience: Epochs without a better validation accuracy before stopping; None never stops early.

    Raises:
        InputError: if a value is out of range.
    """

    epochs: int = 30
    learning_rate: float = 2e-3
    batch_size: int = 32
    weight_decay: float = 0.01
    word_dropout: float = 0.1
    dropout: float = 0.5
    label_smoothing: float = 0.05
    max_grad_norm: float = 1.0
    patience: int | None = 5

    def __post_init__(self) -> None:
        counts = (self.epochs, self.batch_size, 1 if self.patience is None else self.patience)
        shares = (self.word_dropout, self.dropout, self.label_smoothing)
        rates = (self.learning_rate, self.max_grad_norm)
        if min(counts) < 1 or min(rates) <= 0 or self.weight_decay < 0 or not all(0 <= share < 1 for share in shares):
            raise InputError(
                "expected epochs >= 1, batch_size >= 1, patience >= 1 or None, learning_rate > 0, max_grad_norm > 0, "
                f"weight_decay >= 0, word_dropout, dropout and label_smoothing from 0 to below 1; got {self}"
            )
