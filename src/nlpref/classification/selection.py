"""Choosing regularisation and temperature on examples that the model was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.held_out import Indices, stratified_folds
from nlpref.temperature import temperature_scale

__all__ = ["Choice", "FitPath", "Indices", "choose", "held_out_splits", "stratified_folds", "strengths", "temperature_scale"]

FitPath = Callable[[Indices, Indices, Sequence[float]], Iterable[NDArray[np.float64]]]
"""Trains on some rows and gives the margins of others, once for each strength, in that order."""


@dataclass(frozen=True)
class Choice:
    """The strength ``C``, the ``scale`` of its margins, and the held-out accuracy of each strength tried."""

    C: float
    scale: float
    accuracy: dict[float, float]


def strengths(C: float | None, grid: Sequence[float], name: str = "C") -> tuple[float, ...]:
    """The strengths to try, ascending: the one given, or else the grid; ``name`` is the parameter's, for the message.

    Raises:
        InputError: if one is not a positive number.
    """
    tried = tuple(sorted(grid)) if C is None else (C,)
    if not tried or not all(isinstance(value, int | float) and value > 0 for value in tried):
        raise InputError(f"{name} and the values of its grid must be positive numbers, got {name}={C!r}, grid={tuple(grid)}")
    return tried


def held_out_splits(targets: Indices, n_train: int, n_folds: int, seed: int) -> list[tuple[Indices, Indices]]:
    """Rows to learn from and rows to judge by.

    The rows after the first ``n_train`` are a validation split: one pair. Without them, stratified folds
    of the training rows.
    """
    if len(targets) > n_train:
        return [(np.arange(n_train), np.arange(n_train, len(targets)))]
    if not isinstance(n_folds, int) or n_folds < 2:
        raise InputError(f"cross-validation needs at least 2 folds, got {n_folds!r}")
    folds = stratified_folds(targets, n_folds, seed)
    pairs = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(n_folds)]
    return [(learn, held) for learn, held in pairs if len(held)]


def choose(targets: Indices, splits: Sequence[tuple[Indices, Indices]], tried: Sequence[float], path: FitPath) -> Choice:
    """The strength of best held-out accuracy (the smallest of equals), and the temperature that fits it.

    With nothing held out (no label has two examples) the middle strength is taken as it is.
    """
    if not splits:
        return Choice(tried[len(tried) // 2], 1.0, {})
    columns = zip(*(path(learn, held, tried) for learn, held in splits), strict=True)
    margins = {value: np.concatenate(parts) for value, parts in zip(tried, columns, strict=True)}
    gold = targets[np.concatenate([held for _, held in splits])]
    accuracy = {value: float((found.argmax(axis=1) == gold).mean()) for value, found in margins.items()}
    best = max(tried, key=lambda value: accuracy[value])
    return Choice(best, temperature_scale(margins[best], gold), accuracy)
