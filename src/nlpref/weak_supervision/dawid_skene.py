"""Dawid and Skene's model: each function has a table of how it confuses the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import softmax

from nlpref.errors import InputError, NotFittedError
from nlpref.weak_supervision.label_model import Floats, Known, check_votes, one_hot_where_known
from nlpref.weak_supervision.majority import MajorityVote
from nlpref.weak_supervision.votes import Votes

__all__ = ["DawidSkene"]

_EPS = 1e-10
"""Least probability of a confusion, so that one vote alone never makes a label impossible."""


@dataclass
class DawidSkene:
    """Learns, without labels, how often each function gives each answer when each label is true.

    Expectation-maximisation from the majority vote. An abstention is taken for a question that was not asked: it says
    nothing. So a function with one label, whose vote is certain once it is cast, says nothing either: for such functions
    take ``GenerativeLabelModel``. This one is for functions (or people, or models) that choose between labels.

    Args:
        iterations: Rounds at most.
        tolerance: Stop when the mean log-likelihood of a text rises by less.

    After ``fit``: ``prior_`` (n_labels,), and ``confusions_`` (n_functions, n_labels true, n_labels voted), rows sum to 1.

    Source: Dawid and Skene 1979, equations 2.3 to 2.5.

    Example:
        >>> votes = Votes(("no", "yes"), ("a", "b", "c"), np.array([[1, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 0]]))
        >>> DawidSkene().fit(votes).predict_proba(votes).argmax(axis=1).tolist()
        [1, 0, 1, 0, 1]
    """

    iterations: int = 100
    tolerance: float = 1e-7

    def fit(self, votes: Votes, known: Known | None = None) -> Self:
        """Learn the confusions; labels that are known stay as they are.

        Raises:
            InputError: if a setting or the votes do not fit; see ``check_votes``.
        """
        known = check_votes(votes, known)
        if not self.iterations >= 1:
            raise InputError(f"DawidSkene needs one iteration or more, got {self.iterations!r}")
        shares = one_hot_where_known(MajorityVote().predict_proba(votes), known)
        before = -np.inf
        for _ in range(self.iterations):
            self._learn(votes, shares)
            logs = self._logs(votes)
            shares = one_hot_where_known(softmax(logs, axis=1), known)
            likelihood = float(np.logaddexp.reduce(logs, axis=1).mean())
            if likelihood - before < self.tolerance:
                break
            before = likelihood
        return self

    def predict_proba(self, votes: Votes) -> Floats:
        """Label probabilities given the votes, (n_texts, n_labels); those of the prior where there is none.

        Raises:
            NotFittedError: before ``fit``.
        """
        if not hasattr(self, "prior_"):
            raise NotFittedError("DawidSkene is not fitted yet; call fit(votes)")
        return np.asarray(softmax(self._logs(votes), axis=1))

    def _learn(self, votes: Votes, shares: Floats) -> None:
        covered = votes.covered
        self.prior_ = np.maximum(shares[covered].mean(axis=0), _EPS)
        cast = np.einsum("nt,nfv->ftv", shares, votes.indicators().astype(np.float64))
        cast = np.maximum(cast, _EPS)
        self.confusions_ = cast / cast.sum(axis=2, keepdims=True)

    def _logs(self, votes: Votes) -> Floats:
        """Logarithms of the joint probability of votes and label, (n_texts, n_labels)."""
        said = np.einsum("nfv,ftv->nt", votes.indicators().astype(np.float64), np.log(self.confusions_))
        return np.asarray(np.log(self.prior_) + said)
