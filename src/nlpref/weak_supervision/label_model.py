"""The contract of a label model: many votes on a text in, the probabilities of its labels out."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.weak_supervision.votes import ABSTAIN, Votes

__all__ = ["Floats", "Known", "LabelModel", "check_votes", "one_hot_where_known"]

Floats = NDArray[np.float64]
Known = NDArray[np.integer]
"""Position of the label of each text whose label is known, ``ABSTAIN`` for the others, (n_texts,)."""


@runtime_checkable
class LabelModel(Protocol):
    """Learns from votes how far each function can be trusted. A frozen dataclass in its settings; ``fit`` adds the rest."""

    def fit(self, votes: Votes, known: Known | None = None) -> Self: ...

    def predict_proba(self, votes: Votes) -> Floats:
        """Label probabilities, (n_texts, n_labels); rows sum to 1."""
        ...


def check_votes(votes: Votes, known: Known | None = None) -> Known:
    """The known labels, none of them if none were given, once there is something to learn from.

    Raises:
        InputError: if no function votes on any text, or ``known`` does not fit the votes.
    """
    if not votes.covered.any():
        raise InputError(
            f"none of the {len(votes.names)} labelling functions votes on any of the {len(votes)} texts, so there is nothing to "
            "learn from; look at some texts and widen the functions"
        )
    if known is None:
        return np.full(len(votes), ABSTAIN)
    if known.shape != (len(votes),) or not ABSTAIN <= known.min() <= known.max() < len(votes.labels):
        raise InputError(
            f"known labels need shape ({len(votes)},) and numbers from {ABSTAIN} to {len(votes.labels) - 1}, got {known.shape} "
            f"with {known.min(initial=0)} to {known.max(initial=0)}"
        )
    return known


def one_hot_where_known(probabilities: Floats, known: Known) -> Floats:
    """The probabilities, those of texts whose label is known replaced by certainty."""
    sure = np.eye(probabilities.shape[1])[known]
    return np.where((known == ABSTAIN)[:, None], probabilities, sure)
