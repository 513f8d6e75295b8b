"""Contributions of a linear classifier's features to its logits, by the places of the features in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from nlpref.classification.linear import LinearHead
from nlpref.contributions import Contributions

__all__ = ["Placed", "contributions_of"]

Placed = tuple[int, str, int, int]
"""Column of a feature, its name, and its half-open range of characters."""


def contributions_of(head: LinearHead, features: Any, text: str, placed: Sequence[Placed]) -> Contributions:
    """Weight times feature for every place in the text; a feature that has several shares its contribution evenly.

    Args:
        head: The linear layer.
        features: Those of the text, sparse, (1, n_features).
        text: As the model reads it.
        placed: Where the features stand; each that is not zero stands somewhere.
    """
    columns = [column for column, _, _, _ in placed]
    times = Counter(columns)
    shares = np.array([times[column] for column in columns], dtype=np.float64)
    values = np.asarray(features[:, columns].todense(), dtype=np.float64).reshape(-1) / shares
    return Contributions(
        text=text,
        parts=[name for _, name, _, _ in placed],
        spans=[(start, end) for _, _, start, end in placed],
        scores=values[:, None] * head.weights[columns].astype(np.float64),
        base=head.bias.astype(np.float64),
    )
