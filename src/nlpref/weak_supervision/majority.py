"""Every vote counts the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from nlpref.weak_supervision.label_model import Floats, Known, check_votes
from nlpref.weak_supervision.votes import Votes

__all__ = ["MajorityVote"]


@dataclass
class MajorityVote:
    """The probability of a label is its share of the votes on the text; without a vote all labels are as probable.

    Example:
        >>> votes = Votes(("ham", "spam"), ("a", "b", "c"), np.array([[1, 1, 0], [-1, 1, -1], [-1, -1, -1]]))
        >>> MajorityVote().fit(votes).predict_proba(votes).round(2).tolist()
        [[0.33, 0.67], [0.0, 1.0], [0.5, 0.5]]
    """

    def fit(self, votes: Votes, known: Known | None = None) -> Self:
        """Nothing is learned.

        Raises:
            InputError: if there is no vote at all; see ``check_votes``.
        """
        check_votes(votes, known)
        return self

    def predict_proba(self, votes: Votes) -> Floats:
        """Shares of the votes, (n_texts, n_labels)."""
        counts = votes.counts().astype(np.float64)
        counts[~votes.covered] = 1.0
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))
