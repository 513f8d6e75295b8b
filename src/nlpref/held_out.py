"""Examples that are held out of training, to choose or to promise something by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.types import LabelledText

__all__ = ["Indices", "hold_out", "stratified_folds"]

Indices = NDArray[np.intp]
FOLDS = 5


def stratified_folds(targets: Indices, n_folds: int, seed: int) -> Indices:
    """Number of the fold that holds out each row; -1, never held out, for the only row of its label.

    Labels are dealt over the folds one after the other, so every fold's complement has every label.
    """
    folds = np.full(len(targets), -1, dtype=np.intp)
    generator = np.random.default_rng(seed)
    dealt = 0
    for target in np.unique(targets):
        rows = generator.permutation(np.flatnonzero(targets == target))
        if len(rows) > 1:
            folds[rows] = (dealt + np.arange(len(rows))) % n_folds
            dealt += len(rows)
    return folds


def hold_out(
    train: Sequence[LabelledText], validation: Sequence[LabelledText], purpose: str, seed: int
) -> tuple[Sequence[LabelledText], Sequence[LabelledText]]:
    """What a model learns from, and what is kept from it: the validation split, or without one a fifth of train.

    Args:
        train: Examples to learn from.
        validation: Examples to hold out; may be empty.
        purpose: What they are held out for, in the plural, for the message.
        seed: Fixes which fifth.

    Raises:
        InputError: if there is no validation split and no label of train has two examples.
    """
    if validation:
        return train, validation
    _, targets = np.unique([example.label for example in train], return_inverse=True)
    held = stratified_folds(targets, FOLDS, seed) == 0
    if not held.any():
        raise InputError(f"{purpose} need examples of their own, and {len(train)} are too few to spare any; give validation")
    pairs = list(zip(train, held.tolist(), strict=True))
    return [example for example, apart in pairs if not apart], [example for example, apart in pairs if apart]
