"""Contributions of a linear classifier's features to its logits, with the places of the features in the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlpref.classification.linear import LinearHead
from nlpref.contributions import Contributions

__all__ = ["Placed", "contributions_of"]

Placed = tuple[int, str, int, int]
"""Column of a feature, its name, and its half-open range of characters."""


def contributions_of(head: LinearHead, features: Any, text: str, placed: Sequence[Placed]) -> Contributions:
    """Weight times feature, for each feature that the text has.

    Args:
        head: The linear layer.
        features: Those of the text, sparse, (1, n_features).
        text: As the model reads it.
        placed: Where the features stand; each that is not zero stands somewhere.
    """
    names: dict[int, str] = {}
    places: dict[int, list[tuple[int, int]]] = {}
    for column, name, start, end in placed:
        names[column] = name
        places.setdefault(column, []).append((start, end))
    columns = list(names)
    values = np.asarray(features[:, columns].todense(), dtype=np.float64).reshape(-1)
    return Contributions(
        text=text,
        parts=list(names.values()),
        places=list(places.values()),
        scores=values[:, None] * head.weights[columns].astype(np.float64),
        base=head.bias.astype(np.float64),
    )
