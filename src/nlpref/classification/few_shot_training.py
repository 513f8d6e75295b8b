"""How a few-shot classifier is trained: the settings, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from nlpref.errors import InputError

__all__ = ["FewShotTraining"]


@dataclass(frozen=True)
class FewShotTraining:
    """How to tune the upper layers of an encoder on a few labelled texts.

    Args:
        epochs: Passes over the texts.
        frozen_layers: Lower layers that stay as they are; what they make of a text is computed once.
        learning_rate: Peak learning rate of AdamW for the layers; it rises for a tenth of the steps, then falls to zero.
        head_learning_rate: The same for the head, which starts from a logistic regression.
        batch_size: Texts in one step.
        contrast: Weight of the supervised contrastive loss beside cross-entropy; 0 for none.
        temperature: Of the contrastive loss.
        label_smoothing: Share of probability spread over all labels in the target of cross-entropy.
        weight_decay: AdamW's decay.
        max_grad_norm: Gradients are clipped to this norm.

    Raises:
        InputError: if a value is out of range.
    """

    epochs: int = 8
    frozen_layers: int = 3
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-2
    batch_size: int = 64
    contrast: float = 1.0
    temperature: float = 0.07
    label_smoothing: float = 0.05
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        positive = (self.learning_rate, self.head_learning_rate, self.temperature, self.max_grad_norm)
        counts = min(self.epochs, self.batch_size) >= 1 and self.frozen_layers >= 0
        if not counts or min(positive) <= 0 or min(self.contrast, self.weight_decay) < 0 or not 0 <= self.label_smoothing < 1:
            raise InputError(
                "expected epochs and batch_size >= 1, frozen_layers, contrast and weight_decay >= 0, learning rates, temperature "
                f"and max_grad_norm > 0, 0 <= label_smoothing < 1; got {self}"
            )
