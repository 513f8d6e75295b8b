"""The epochs of a training: which one is kept, when it stops, what is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlpref.neural.session import current_session
from nlpref.types import LabelledText

__all__ = ["Predictor", "best_epoch"]


class Predictor(Protocol):
    """What a model is at the end of an epoch."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, (n_texts, n_labels)."""
        ...


P = TypeVar("P", bound=Predictor)


def best_epoch(
    epochs: Iterable[tuple[float, P]], validation: Sequence[LabelledText], patience: int | None
) -> tuple[P, list[dict[str, float]]]:
    """The model of the epoch of best validation accuracy, the first of equals, or of the last one without validation.

    Args:
        epochs: Mean training loss and model at the end of each; the next one is not begun before it is asked for.
        validation: What the models are judged by.
        patience: Epochs without a better one before stopping; None never stops early.

    Returns:
        The model, and the log, an entry for each epoch, of which the running session is told too.
    """
    history: list[dict[str, float]] = []
    kept: list[tuple[float, int, P]] = []
    for number, (loss, model) in enumerate(epochs, 1):
        history.append({"epoch": float(number), "loss": loss})
        if validation:
            history[-1]["eval_accuracy"] = _accuracy(model, validation)
        if on_metrics := current_session().on_metrics:
            on_metrics(history[-1], number)
        score = history[-1].get("eval_accuracy", float(number))
        if not kept or score > kept[0][0]:
            kept = [(score, number, model)]
        if patience is not None and number - kept[0][1] >= patience:
            break
    return kept[0][2], history


def _accuracy(model: Predictor, examples: Sequence[LabelledText]) -> float:
    found = model.probabilities([example.text for example in examples]).argmax(axis=1)
    right = [model.labels[column] == example.label for column, example in zip(found, examples, strict=True)]
    return float(np.mean(right))
