"""Tables of numbers that callers and classifiers hand over: what is a row of probabilities, and what is none."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError

__all__ = ["TOLERANCE", "check_numbers", "check_probabilities", "softmax"]

Floats = NDArray[np.float64]
FloatT = TypeVar("FloatT", bound=np.floating)
TOLERANCE = 1e-3
"""How far from 1 the sum of a row may be: more than sums of float16 and rounded numbers are off, less than a mistake."""


def check_numbers(table: Any, name: str, expected: str) -> Floats:
    """The numbers as an array, float64, whatever its shape.

    Args:
        table: What was given.
        name: What the caller calls it, for the message.
        expected: What it should have been, for the message.

    Raises:
        InputError: if rows differ in length, or something in it is no number, such as a string.
    """
    try:
        found = np.asarray(table)
    except (TypeError, ValueError, RuntimeError):
        found = np.asarray(None)
    if found.dtype.kind not in "iuf":
        raise InputError(f"{name} must be {expected}, got {table!r:.80}; give numbers only, with as many in each row")
    with np.errstate(over="ignore"):
        return np.asarray(found, dtype=np.float64)


def check_probabilities(table: Any, n_labels: int, n_texts: int | None = None, name: str = "probabilities") -> Floats:
    """Rows of probabilities, float64, (n_texts, n_labels), numbers as they were given: nothing is scaled or clipped.

    Args:
        table: What was given.
        n_labels: Columns that it must have.
        n_texts: Rows that it must have; None takes any number, none among them.
        name: What the caller calls it, such as ``TfidfClassifier.predict_proba``, for the message.

    Raises:
        InputError: if it is no table of numbers, its shape does not fit, a number is negative or not finite, or a row does
            not sum to 1 within ``TOLERANCE``.

    Example:
        >>> check_probabilities([[0.25, 0.75]], n_labels=2).tolist()
        [[0.25, 0.75]]
    """
    expected = f"rows of {n_labels} probabilities that sum to 1"
    found = check_numbers(table, name, expected)
    if found.ndim != 2 or found.shape[1] != n_labels or n_texts not in (None, len(found)):
        rows = "n_texts" if n_texts is None else n_texts
        raise InputError(
            f"{name} must be {expected}, got shape {found.shape}; give the shape ({rows}, {n_labels}): "
            "a row for each text, in it a column for each label"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        sums = found.sum(axis=1)
        odd = ~np.isfinite(found).all(axis=1) | (found < 0).any(axis=1) | ~(np.abs(sums - 1) <= TOLERANCE)
    if odd.any():
        row = int(odd.argmax())
        raise InputError(
            f"{name} must be {expected}, got shape {found.shape} with sums from {sums.min():g} to {sums.max():g}; "
            f"row {row} is {np.array2string(found[row], precision=4, threshold=6, edgeitems=3)}: "
            "give finite numbers, not negative, divided by their sum"
        )
    return found


def softmax(margins: NDArray[FloatT]) -> NDArray[FloatT]:
    """Probabilities that are in proportion to exp(margins), in the precision of the margins, (n_texts, n_labels).

    scipy's takes longer than a small model.

    Example:
        >>> softmax(np.log([[1.0, 3.0]])).round(2).tolist()
        [[0.25, 0.75]]
    """
    shares = np.exp(margins - margins.max(axis=1, keepdims=True))
    made: NDArray[FloatT] = shares / shares.sum(axis=1, keepdims=True)
    return made
