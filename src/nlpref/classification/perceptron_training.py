"""How a perceptron is trained: the settings, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from nlpref.errors import InputError

__all__ = ["PerceptronTraining"]


@dataclass(frozen=True)
class PerceptronTraining:
    """How to train a hidden layer and a linear one on features that do not change.

    Args:
        epochs: Passes over the training data.
        learning_rate: Peak learning rate of AdamW; it rises for a tenth of the steps, then falls along a cosine.
        batch_size: Texts in one step.
        weight_decay: AdamW's decay.
        feature_dropout: Share of features left out in a step.
        dropout: Share of hidden units left out in a step.
        label_smoothing: Share of probability spread over all labels in the training target.

    Raises:
        InputError: if a value is out of range.
    """

    epochs: int = 10
    learning_rate: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 0.02
    feature_dropout: float = 0.3
    dropout: float = 0.5
    label_smoothing: float = 0.1

    def __post_init__(self) -> None:
        shares = (self.feature_dropout, self.dropout, self.label_smoothing)
        counts = (self.epochs, self.batch_size)
        if min(counts) < 1 or self.learning_rate <= 0 or self.weight_decay < 0 or not all(0 <= share < 1 for share in shares):
            raise InputError(
                "expected epochs >= 1, batch_size >= 1, learning_rate > 0, weight_decay >= 0, feature_dropout, dropout and "
                f"label_smoothing from 0 to below 1; got {self}"
            )
