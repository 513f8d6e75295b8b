"""Fits the softmax of an affine map of logarithms, held close to temperature scaling as far as examples ask for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from nlpref.decisions.calibrator import Floats
from nlpref.held_out import Indices
from nlpref.temperature import temperature_scale

__all__ = ["PENALTIES", "calibrating_map", "chosen_penalty", "fit_affine"]

PENALTIES = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""Weights of the squared distance from temperature scaling that are tried."""
FOLDS = 3
_ITERATIONS = 200


def fit_affine(
    logs: Floats, targets: Indices, penalty: float, centre: Floats, start: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Factors and offsets that make the gold labels most likely, less the penalised distance of the factors from a centre.

    Minimises ``-sum(log softmax(factors @ logs + offsets)[gold]) + penalty / 2 * (|factors - centre|^2 + |offsets|^2)``.

    Args:
        logs: float64, (n_examples, n_labels).
        targets: Columns of the gold labels, (n_examples,).
        penalty: Above 0.
        centre: Of the factors, (n_labels, n_labels) for a matrix, (n_labels,) for one factor for each label.
        start: Factors and offsets to begin with, of the shapes that are returned.

    Returns:
        Factors, of the shape of the centre, and offsets, (n_labels,).
    """
    n, labels = logs.shape
    gold = np.zeros((n, labels))
    gold[np.arange(n), targets] = 1.0

    def loss(flat: Floats) -> tuple[float, Floats]:
        factors, offsets = flat[:-labels].reshape(centre.shape), flat[-labels:]
        likely = log_softmax(_moved(logs, factors) + offsets, axis=1)
        excess = np.exp(likely) - gold
        steeper = excess.T @ logs if centre.ndim == 2 else (excess * logs).sum(axis=0)
        away = factors - centre
        value = -likely[np.arange(n), targets].sum() + penalty / 2 * ((away**2).sum() + (offsets**2).sum())
        slope = np.concatenate([(steeper + penalty * away).ravel(), excess.sum(axis=0) + penalty * offsets])
        return float(value), slope

    begin = np.concatenate([start[0].ravel(), start[1]])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    return found[:-labels].reshape(centre.shape), found[-labels:]


def calibrating_map(logs: Floats, targets: Indices, full: bool, seed: int) -> tuple[Floats, Floats]:
    """Factors and offsets, pulled towards temperature scaling by the penalty of the lowest cross-validated log loss.

    Labels without an example stay at temperature scaling, and the others learn among themselves: that a label is absent
    from the examples says nothing of a text to which the classifier gives it.

    Args:
        logs: float64, (n_examples, n_labels).
        targets: Columns of the gold labels, (n_examples,).
        full: Whether the factors are a matrix, or else one for each label.
        seed: Fixes the folds.
    """
    labels, scale = logs.shape[1], temperature_scale(logs, targets)
    factors, offsets = (scale * np.eye(labels) if full else scale * np.ones(labels)), np.zeros(labels)
    present, among = np.unique(targets, return_inverse=True)
    some = logs[:, present]
    place = np.ix_(present, present) if full else present
    centre, still = factors[place], np.zeros(len(present))
    penalty = chosen_penalty(some, among, centre, seed)
    if np.isfinite(penalty):
        factors[place], offsets[present] = fit_affine(some, among, penalty, centre, (centre, still))
    return factors, offsets


def chosen_penalty(logs: Floats, targets: Indices, centre: Floats, seed: int, tried: Sequence[float] = PENALTIES) -> float:
    """The penalty of the lowest cross-validated log loss; infinite, which is the centre itself, if none is below that.

    Args:
        logs: float64, (n_examples, n_labels).
        targets: Columns of the gold labels, (n_examples,).
        centre: As for ``fit_affine``.
        seed: Fixes the folds.
        tried: Penalties, falling: each begins from the solution of the one before, and the first that is worse ends it.
    """
    n, labels = logs.shape
    if n < FOLDS:
        return float("inf")
    folds = np.random.default_rng(seed).permutation(n) % FOLDS
    solutions = [(centre, np.zeros(labels))] * FOLDS
    best, lowest = float("inf"), _loss(_moved(logs, centre), targets)
    for penalty in tried:
        loss = 0.0
        for fold, start in enumerate(solutions):
            learn, held = folds != fold, folds == fold
            factors, offsets = fit_affine(logs[learn], targets[learn], penalty, centre, start)
            solutions[fold] = (factors, offsets)
            loss += _loss(_moved(logs[held], factors) + offsets, targets[held])
        if loss >= lowest:
            break
        best, lowest = penalty, loss
    return best


def _moved(logs: Floats, factors: Floats) -> Floats:
    return logs @ factors.T if factors.ndim == 2 else logs * factors


def _loss(margins: Floats, targets: Indices) -> float:
    return float(-log_softmax(margins, axis=1)[np.arange(len(targets)), targets].sum())
