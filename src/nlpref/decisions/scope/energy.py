"""How large the margins are, all labels together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from nlpref.decisions.scope.evidence import Evidence
from nlpref.decisions.scope.scorer import Learnt
from nlpref.errors import InputError

__all__ = ["Energy"]


@dataclass(frozen=True)
class Energy:
    """Negative free energy, ``temperature * log(sum(exp(margins / temperature)))``; near 0 it is the largest margin.

    Args:
        temperature: Above 0.

    Raises:
        InputError: if the temperature is not above 0.

    Source: Liu et al. 2020, Energy-based out-of-distribution detection, equation 6.
    """

    temperature: float = 1.0
    name: str = "energy"
    needs: ClassVar[str | None] = "margins"

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise InputError(f"the temperature of the energy must be above 0, got {self.temperature!r}")

    def learn(self, seen: Evidence, targets: NDArray[np.intp]) -> Learnt:
        """Nothing."""
        return {}

    def score(self, evidence: Evidence, learnt: Learnt) -> NDArray[np.float64]:
        """One for each text, (n_texts,).

        Raises:
            InputError: if the classifier shows no margins.
        """
        margins = evidence.needed("margins", self.name)
        return np.asarray(self.temperature * logsumexp(margins / self.temperature, axis=1), dtype=np.float64)
