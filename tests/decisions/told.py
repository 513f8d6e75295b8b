"""A classifier whose texts tell it what to say: "0.7 0.3" gets these two probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import NotFittedError
from nlpref.types import LabelledText, labels_of

__all__ = ["Told", "drawn", "tell"]

Examples = Sequence[LabelledText]


class Told(BaseEstimator):
    """Reads the probabilities off the text; keeps what it was fitted on."""

    def __init__(self, refit: bool = False) -> None:
        self.refit = refit

    @property
    def labels(self) -> tuple[str, ...]:
        if not hasattr(self, "labels_"):
            raise NotFittedError("Told is not fitted yet; call fit")
        return self.labels_

    def fit(self, train: Examples, validation: Examples = ()) -> Self:
        self.learnt, self.validation, self.labels_ = list(train), list(validation), labels_of(train)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [[float(word) for word in text.split()] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(-1, len(self.labels))

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder) as made:
            storage.write_json(made / "labels.json", self.labels)

    @classmethod
    def load(cls, folder: Path) -> Self:
        model = storage.restore(cls, folder)
        model.labels_ = tuple(storage.read_json(folder / "labels.json"))
        return model


def tell(probabilities: NDArray[np.float64], targets: Sequence[int], labels: Sequence[str] = "abcdefgh") -> list[LabelledText]:
    """Examples whose texts tell the probabilities, with the labels of these columns."""
    return [
        LabelledText(" ".join(f"{value:.9f}" for value in row), labels[target], str(position))
        for position, (row, target) in enumerate(zip(probabilities, targets, strict=True))
    ]


def drawn(n: int, labels: int, seed: int, sharpness: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Probabilities, and labels drawn from them; then the probabilities are made ``sharpness`` times too sure."""
    random = np.random.default_rng(seed)
    margins = random.normal(scale=2.0, size=(n, labels))
    true = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    targets = np.array([random.choice(labels, p=row) for row in true], dtype=np.intp)
    sharp = np.exp(sharpness * margins)
    return sharp / sharp.sum(axis=1, keepdims=True), targets
