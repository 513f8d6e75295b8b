"""A generative model of votes and abstentions, with learned accuracies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import softmax

from nlpref.errors import InputError, NotFittedError
from nlpref.weak_supervision.label_model import Floats, Known, check_votes, one_hot_where_known
from nlpref.weak_supervision.majority import MajorityVote
from nlpref.weak_supervision.votes import Votes

__all__ = ["GenerativeLabelModel"]

_EPS = 1e-6


@dataclass
class GenerativeLabelModel:
    """Each text has a label, drawn from a prior; given it, each function votes or abstains independently of the others.

    Every function has a table ``P(vote or abstention | label)``, so that abstaining is an answer like any other: where a
    function that knows spam keeps silent, ham becomes more probable. The tables are learned without labels by
    expectation-maximisation. What keeps them from trading the labels' names, or from describing something else than the
    labels, is what is believed of the functions before: that a vote is right with probability ``accuracy``, a belief worth
    ``strength`` texts.

    Args:
        accuracy: Believed probability that a vote is right, above 1 / n_labels and below 1.
        strength: Texts that this belief is worth against what the votes say, above 0.
        prior: Probability of each label, in sorted order of the labels; None learns it.
        iterations: Rounds of a start at most.
        tolerance: Stop when the mean log-posterior of a text rises by less.
        starts: Starts from a disturbed majority vote, the first undisturbed; the best result is kept.
        seed: Fixes the disturbances.

    After ``fit``: ``prior_`` (n_labels,); ``tables_`` (n_functions, n_labels, n_labels + 1), the last column for abstaining,
    rows sum to 1; ``accuracies_`` (n_functions,), the expected share of right votes, nan for a function that never votes.

    Source: Ratner et al. 2016 (data programming), with the full tables of Dawid and Skene 1979 over votes and abstentions,
    and Dirichlet priors (maximum a posteriori).

    Example:
        >>> table = np.array([[1, 1, -1]] * 4 + [[-1, -1, 0]] * 5 + [[1, -1, 0], [-1, -1, -1]])
        >>> votes = Votes(("ham", "spam"), ("link", "offer", "short"), table)
        >>> model = GenerativeLabelModel().fit(votes)
        >>> model.predict_proba(votes)[[0, 4]].argmax(axis=1).tolist()
        [1, 0]
    """

    accuracy: float = 0.8
    strength: float = 10.0
    prior: Sequence[float] | None = None
    iterations: int = 200
    tolerance: float = 1e-6
    starts: int = 1
    seed: int = 0

    def fit(self, votes: Votes, known: Known | None = None) -> Self:
        """Learn prior and tables; labels that are known stay as they are.

        Raises:
            InputError: if a setting or the votes do not fit; see ``check_votes``.
        """
        known = check_votes(votes, known)
        self._check(len(votes.labels))
        said = _answers(votes)
        believed = self._believed(said)
        generator = np.random.default_rng(self.seed)
        majority = MajorityVote().predict_proba(votes)
        best = -np.inf
        for start in range(self.starts):
            noise = generator.dirichlet(np.ones(len(votes.labels)), size=len(votes))
            shares = majority if not start else (majority + noise) / 2
            objective, prior, tables, shares = self._climb(said, believed, one_hot_where_known(shares, known), known)
            if objective > best:
                best, self.prior_, self.tables_ = objective, prior, tables
                self.accuracies_ = _accuracies(votes, shares)
        return self

    def predict_proba(self, votes: Votes) -> Floats:
        """Label probabilities given votes and abstentions, (n_texts, n_labels).

        Raises:
            NotFittedError: before ``fit``.
        """
        if not hasattr(self, "prior_"):
            raise NotFittedError("GenerativeLabelModel is not fitted yet; call fit(votes)")
        return np.asarray(softmax(_logs(_answers(votes), self.prior_, self.tables_), axis=1))

    def _climb(self, said: Floats, believed: Floats, shares: Floats, known: Known) -> tuple[float, Floats, Floats, Floats]:
        """Expectation-maximisation from some label probabilities: log-posterior, prior, tables, label probabilities."""
        before = -np.inf
        for _ in range(self.iterations):
            prior = self._prior(shares)
            tables = np.einsum("nt,nfv->ftv", shares, said) + believed
            tables /= tables.sum(axis=2, keepdims=True)
            logs = _logs(said, prior, tables)
            shares = one_hot_where_known(softmax(logs, axis=1), known)
            likelihood = np.where(known < 0, np.logaddexp.reduce(logs, axis=1), logs[np.arange(len(logs)), known]).sum()
            objective = float(likelihood + (believed * np.log(tables)).sum()) / len(logs)
            if objective - before < self.tolerance:
                break
            before = objective
        return objective, prior, tables, shares

    def _prior(self, shares: Floats) -> Floats:
        if self.prior is not None:
            return np.asarray(self.prior, dtype=np.float64)
        counted = shares.sum(axis=0) + 1.0
        return np.asarray(counted / counted.sum())

    def _believed(self, said: Floats) -> Floats:
        """Pseudo-counts, (n_functions, n_labels, n_labels + 1): what is believed before, times ``strength``.

        A function votes for each label as often as it does. That a vote is right with probability ``accuracy`` tells, by
        Bayes' rule, how often it is cast under each label; the rest is abstaining.
        """
        n_labels = said.shape[2] - 1
        prior = np.full(n_labels, 1 / n_labels) if self.prior is None else np.asarray(self.prior, dtype=np.float64)
        right = np.full((n_labels, n_labels), (1 - self.accuracy) / (n_labels - 1))
        np.fill_diagonal(right, self.accuracy)  # P(label, vote) / P(vote), rows are labels
        rates = said.mean(axis=0)[:, None, :-1] * right[None] / prior[None, :, None]
        rates *= np.minimum(1.0, (1 - _EPS) / np.maximum(rates.sum(axis=2, keepdims=True), _EPS))
        full = np.concatenate([rates, 1 - rates.sum(axis=2, keepdims=True)], axis=2)
        return np.asarray(np.maximum(full, _EPS) * self.strength)

    def _check(self, n_labels: int) -> None:
        if n_labels < 2:
            raise InputError(f"GenerativeLabelModel needs functions that vote for two labels at least, got {n_labels}")
        if not (1 / n_labels < self.accuracy < 1 and self.strength > 0):
            raise InputError(
                f"accuracy must lie between 1/{n_labels} (chance) and 1, and strength above 0; got {self.accuracy!r} and "
                f"{self.strength!r}"
            )
        if not (self.iterations >= 1 and self.starts >= 1):
            raise InputError(f"iterations and starts must be 1 or more, got {self.iterations!r} and {self.starts!r}")
        if self.prior is not None and (len(self.prior) != n_labels or not min(self.prior) > 0 or abs(sum(self.prior) - 1) > 1e-6):
            raise InputError(f"prior must be {n_labels} numbers above 0 that sum to 1, one for each label, got {self.prior!r}")


def _answers(votes: Votes) -> Floats:
    """Votes and, in the last column, abstentions as 0 and 1, (n_texts, n_functions, n_labels + 1)."""
    cast = votes.indicators()
    return np.concatenate([cast, ~cast.any(axis=2, keepdims=True)], axis=2).astype(np.float64)


def _logs(said: Floats, prior: Floats, tables: Floats) -> Floats:
    return np.asarray(np.log(prior) + np.einsum("nfv,ftv->nt", said, np.log(tables)))


def _accuracies(votes: Votes, shares: Floats) -> Floats:
    """Expected share of right votes of each function, (n_functions,); nan for one that never votes."""
    cast = votes.indicators()
    right, voted = np.einsum("nfv,nv->f", cast, shares), cast.sum(axis=(0, 2))
    return np.where(voted > 0, right / np.maximum(voted, 1), np.nan)
