"""What each part of a text adds to the logits of a linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError

__all__ = ["Contributions"]


@dataclass(frozen=True)
class Contributions:
    """The logits of a text as a sum over its parts, such as n-grams.

    Args:
        text: The text as the model reads it.
        parts: Name of each part, such as the n-gram.
        places: Where each part stands in the text, once or more: half-open ranges of characters.
        scores: What each part adds to the logit of each label, float64, (n_parts, n_labels).
        base: Logits of a text without any part, float64, (n_labels,).

    Raises:
        InputError: if the lengths do not fit each other, or a part stands nowhere.
    """

    text: str
    parts: Sequence[str]
    places: Sequence[Sequence[tuple[int, int]]]
    scores: NDArray[np.float64]
    base: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.scores.shape != (len(self.parts), len(self.base)) or list(map(bool, self.places)) != [True] * len(self.parts):
            raise InputError(
                f"{len(self.parts)} parts and {len(self.base)} labels do not fit scores of shape {self.scores.shape} and places "
                f"of {sum(map(bool, self.places))} parts"
            )

    @property
    def logits(self) -> NDArray[np.float64]:
        """Their softmax is what ``predict_proba`` gives, (n_labels,)."""
        return np.asarray(self.base + self.scores.sum(axis=0), dtype=np.float64)
