"""What every calibrator is: a map from probabilities to better ones, learnt on examples the classifier has not seen."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.held_out import Indices

__all__ = ["Calibrator", "logs_of"]

Floats = NDArray[np.float64]


class Calibrator(Protocol):
    """A frozen dataclass whose fields are arrays, so that it is saved as it is."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    def fit(cls, probabilities: Floats, targets: Indices, seed: int) -> Self:
        """Learn from probabilities, (n_examples, n_labels), and columns of the gold labels, (n_examples,)."""
        ...

    def __call__(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, float64, (n_texts, n_labels); rows sum to 1."""
        ...


def logs_of(probabilities: Floats) -> Floats:
    """Logarithms of probabilities, which are margins up to a constant of the row; 0 counts as the least float32 above it."""
    return np.asarray(np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)), dtype=np.float64)
