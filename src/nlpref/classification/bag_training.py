"""How a bag of tokens is trained: the settings, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from nlpref.errors import InputError

__all__ = ["BagTraining"]


@dataclass(frozen=True)
class BagTraining:
    """How to train token vectors, their weights and a head.

    Args:
        epochs: Passes over the training data, at most.
        learning_rate: Peak learning rate of AdamW, for all parameters; it rises for a tenth of the steps, then falls
            to nothing in a straight line.
        batch_size: Texts in one step.
        weight_decay: AdamW's decay: of the head towards nothing, of the token vectors towards those they start from.
        token_dropout: Share of tokens left out of a text in a step.
        dropout: Share of hidden units, or without a hidden layer of components, left out in a step.
        label_smoothing: Share of probability spread over all labels in the training target.
        patience: Epochs without a better validation accuracy before stopping; None never stops early.

    Raises:
        InputError: if a value is out of range.
    """

    epochs: int = 20
    learning_rate: float = 3e-3
    batch_size: int = 64
    weight_decay: float = 0.01
    token_dropout: float = 0.3
    dropout: float = 0.3
    label_smoothing: float = 0.1
    patience: int | None = 5

    def __post_init__(self) -> None:
        counts = (self.epochs, self.batch_size, 1 if self.patience is None else self.patience)
        shares = (self.token_dropout, self.dropout, self.label_smoothing)
        if min(counts) < 1 or self.learning_rate <= 0 or self.weight_decay < 0 or not all(0 <= share < 1 for share in shares):
            raise InputError(
                "expected epochs >= 1, batch_size >= 1, patience >= 1 or None, learning_rate > 0, weight_decay >= 0, "
                f"token_dropout, dropout and label_smoothing from 0 to below 1; got {self}"
            )
