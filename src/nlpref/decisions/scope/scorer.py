"""What every score of scope is: settings, and two functions of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nlpref.decisions.scope.evidence import Evidence

__all__ = ["Learnt", "Scorer"]

Learnt = Mapping[str, NDArray[Any]]
"""What a score has learnt, by name; kept and saved by whoever uses it."""


class Scorer(Protocol):
    """A frozen dataclass of settings; it keeps nothing of what it sees."""

    @property
    def name(self) -> str:
        """Short name for tables."""
        ...

    @property
    def needs(self) -> str | None:
        """``margins`` or ``features``; None if probabilities are enough."""
        ...

    def learn(self, seen: Evidence, targets: NDArray[np.intp]) -> Learnt:
        """What is to be kept of texts inside that the classifier has learnt from.

        Args:
            seen: Evidence of them.
            targets: Column of the label of each, (n_texts,).
        """
        ...

    def score(self, evidence: Evidence, learnt: Learnt) -> NDArray[np.float64]:
        """One score for each text, higher is more inside, (n_texts,)."""
        ...
