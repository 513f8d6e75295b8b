"""Texts longer than the model: cut, or read in windows whose outputs are averaged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from nlpref.errors import InputError

__all__ = ["LONG_TEXTS", "average", "exceeding", "pieces", "shared"]

LONG_TEXTS = ("cut", "windows")
"""``cut`` reads the beginning, ``windows`` all of it."""


def shared(long_texts: str, overlap: int, max_length: int) -> int:
    """Sub-words that neighbouring windows share, none if texts are cut.

    Raises:
        InputError: naming the choices, or the overlaps that fit.
    """
    if long_texts not in LONG_TEXTS:
        raise InputError(f"long_texts={long_texts!r}: expected one of {', '.join(LONG_TEXTS)}")
    if long_texts == "cut":
        return 0
    if not 0 <= overlap < max_length - 2:
        raise InputError(f"overlap={overlap} must be at least 0 and less than max_length - 2 = {max_length - 2}")
    return overlap


def pieces(encodings: Sequence[Encoding], long_texts: str) -> tuple[list[Encoding], list[int]]:
    """What goes through the network, and which text each piece is of."""
    found = [[one, *(one.overflowing if long_texts == "windows" else ())] for one in encodings]
    return [piece for row in found for piece in row], [text for text, row in enumerate(found) for _ in row]


def exceeding(encodings: Sequence[Encoding]) -> NDArray[np.bool_]:
    """Which texts are longer than the model, (n_texts,)."""
    return np.array([bool(one.overflowing) for one in encodings], dtype=bool)


def average(rows: NDArray[np.float32], owners: Sequence[int], n_texts: int) -> NDArray[np.float32]:
    """Mean over the pieces of each text, (n_texts, width)."""
    if len(owners) == n_texts:
        return rows
    summed = np.zeros((n_texts, rows.shape[1]), dtype=np.float32)
    np.add.at(summed, owners, rows)
    counts = np.bincount(owners, minlength=n_texts).astype(np.float32)
    means: NDArray[np.float32] = summed / counts[:, None]
    return means
