"""How a linear classifier over counted features is trained: strength and temperature first, then the final fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.linear import LinearHead, margins_of
from nlpref.classification.selection import Choice, Indices, choose, held_out_splits
from nlpref.classification.targets import Targets

__all__ = ["Features", "Held", "LinearFit", "train_linear"]

T = TypeVar("T", contravariant=True)


class Features(Protocol[T]):
    """What texts, prepared or as words, are counted by."""

    def fit_transform(self, texts: Sequence[T]) -> Any:
        """Learn from texts, and give their features, (n_texts, n_features)."""
        ...

    def transform(self, texts: Sequence[T]) -> Any:
        """Features, (n_texts, n_features)."""
        ...


F = TypeVar("F", bound=Features[Any])


@dataclass(frozen=True)
class LinearFit(Generic[F]):
    """What was learned: the strength chosen, the features and the head."""

    choice: Choice
    features: F
    head: LinearHead


@dataclass(frozen=True)
class Held:
    """What strength and temperature are judged by; see ``nlpref.classification.selection``."""

    tried: Sequence[float]
    folds: int
    refit: bool
    calibrate: bool
    seed: int


def train_linear(
    texts: Sequence[Any],
    targets: Targets,
    labels: tuple[str, ...],
    n_train: int,
    held: Held,
    features: Callable[[], F],
    machine: Callable[[float], Any],
) -> LinearFit[F]:
    """Choose the strength of best held-out accuracy and the temperature, then train.

    Args:
        texts: Prepared texts of train, then of validation.
        targets: What each is to be taken for.
        labels: All labels, sorted.
        n_train: How many of the texts are of train.
        held: Strengths, folds, whether validation is learned from in the end, and the seed.
        features: Makes the counter of features; what it learns never comes from texts that are held out.
        machine: Makes a linear classifier in scikit-learn's manner for a strength.
    """

    def path(learn: Indices, judge: Indices, values: Sequence[float]) -> Iterator[NDArray[np.float64]]:
        counted = features()
        learned = counted.fit_transform([texts[row] for row in learn])
        judged = counted.transform([texts[row] for row in judge])
        for value in values:
            yield margins_of(targets.train(machine(value), learned, learn), judged)

    nothing_to_choose = len(held.tried) == 1 and not held.calibrate
    splits = [] if nothing_to_choose else held_out_splits(targets.codes, n_train, held.folds, held.seed)
    choice = choose(targets.codes, splits, held.tried, path)
    rows = np.arange(len(texts) if held.refit else n_train)
    counted = features()
    fitted = targets.train(machine(choice.C), counted.fit_transform(texts[: len(rows)]), rows)
    return LinearFit(choice, counted, LinearHead.of(fitted, labels, choice.scale if held.calibrate else 1.0))
