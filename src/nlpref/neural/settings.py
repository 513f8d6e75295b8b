"""How to fine-tune; apart from the fine-tuning itself, so that a trained model can be read without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.errors import InputError

__all__ = ["FineTuning", "Lora"]


@dataclass(frozen=True)
class FineTuning:
    """How to fine-tune.

    Args:
        epochs: Passes over the training data, at most.
        learning_rate: Peak learning rate of AdamW.
        batch_size: Examples in one step on one process.
        warmup: Share of the steps in which the learning rate rises.
        weight_decay: AdamW's decay of all weights but biases and norms.
        max_grad_norm: Gradients are clipped to this norm.
        patience: Epochs without a better validation score before stopping, counted once the score is above 0;
            None never stops early.
        average: Decay of the moving average of the weights that is scored and kept, such as 0.995, in which about the last
            ``1 / (1 - average)`` steps count; None keeps the weights of the last step. See ``nlpref.neural.averaging``.

    Raises:
        InputError: if a value is out of range.
    """

    epochs: int = 3
    learning_rate: float = 5e-5
    batch_size: int = 32
    warmup: float = 0.1
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    patience: int | None = 2
    average: float | None = None

    def __post_init__(self) -> None:
        counts = (self.epochs, self.batch_size, 1 if self.patience is None else self.patience)
        if min(counts) < 1 or self.learning_rate <= 0 or not 0 <= self.warmup < 1:
            raise InputError(
                f"expected epochs >= 1, batch_size >= 1, patience >= 1 or None, learning_rate > 0, 0 <= warmup < 1; got {self}"
            )
        if self.average is not None and not 0 < self.average < 1:
            raise InputError(f"average={self.average}: expected a decay between 0 and 1, such as 0.995, or None for no average")


@dataclass(frozen=True)
class Lora:
    """Low-rank adapters: a frozen weight matrix learns a change of low rank, ``alpha / rank * B @ A``, and nothing else.

    Args:
        rank: Rows of A, columns of B.
        alpha: Factor of the change, over the rank.
        dropout: Share of an adapter's input left out in training.
        targets: Names, or ends of names, of the linear layers that get an adapter; by default all of BERT's layers.

    Raises:
        InputError: if a value is out of range.

    Source: Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models, section 4.1; Dettmers et al. 2023, QLoRA,
    section 4 (adapters on all linear layers).
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: Sequence[str] = ("query", "key", "value", "dense")

    def __post_init__(self) -> None:
        if min(self.rank, self.alpha) < 1 or not 0 <= self.dropout < 1 or isinstance(self.targets, str) or not self.targets:
            raise InputError(
                f"expected rank >= 1, alpha >= 1, 0 <= dropout < 1 and targets, a list of names of linear layers; got {self}"
            )
        object.__setattr__(self, "targets", tuple(self.targets))  # a list from a file is the same
