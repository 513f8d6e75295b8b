"""Fits the softmax of an affine map of logarithms, held close to temperature scaling as far as examples ask for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from nlpref.decisions.calibrator import Floats
from nlpref.held_out import Indices

__all__ = ["PENALTIES", "chosen_penalty", "fit_affine"]

PENALTIES = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""Weights of the squared distance from temperature scaling that are tried."""
FOLDS = 3
_ITERATIONS = 200


def fit_affine(logs: Floats, targets: Indices, penalty: float, full: bool, start: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Factors and offsets that make the gold labels most likely, less the penalised distance from the identity.

    Minimises ``-sum(log softmax(factors @ logs + offsets)[gold]) + penalty / 2 * (|factors - identity|^2 + |offsets|^2)``.

    Args:
        logs: float64, (n_examples, n_labels).
        targets: Columns of the gold labels, (n_examples,).
        penalty: Above 0.
        full: Whether the factors are a matrix, or else one for each label.
        start: Factors and offsets to begin with, of the shapes that are returned.

    Returns:
        Factors, (n_labels, n_labels) or (n_labels,), and offsets, (n_labels,).
    """
    n, labels = logs.shape
    identity = np.eye(labels) if full else np.ones(labels)
    gold = np.zeros((n, labels))
    gold[np.arange(n), targets] = 1.0

    def loss(flat: Floats) -> tuple[float, Floats]:
        factors, offsets = flat[:-labels].reshape(identity.shape), flat[-labels:]
        moved = (logs @ factors.T if full else logs * factors) + offsets
        likely = log_softmax(moved, axis=1)
        excess = np.exp(likely) - gold
        steeper = excess.T @ logs if full else (excess * logs).sum(axis=0)
        away = factors - identity
        value = -likely[np.arange(n), targets].sum() + penalty / 2 * ((away**2).sum() + (offsets**2).sum())
        slope = np.concatenate([(steeper + penalty * away).ravel(), excess.sum(axis=0) + penalty * offsets])
        return float(value), slope

    begin = np.concatenate([start[0].ravel(), start[1]])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    return found[:-labels].reshape(identity.shape), found[-labels:]


def chosen_penalty(logs: Floats, targets: Indices, full: bool, seed: int, tried: Sequence[float] = PENALTIES) -> float:
    """The penalty of the lowest cross-validated log loss; infinite, which is temperature scaling, if none is below that.

    Args:
        logs: float64, (n_examples, n_labels).
        targets: Columns of the gold labels, (n_examples,).
        full: As for ``fit_affine``.
        seed: Fixes the folds.
        tried: Penalties, falling, so that each begins from the solution of the one before.
    """
    n, labels = logs.shape
    folds = np.random.default_rng(seed).permutation(n) % FOLDS
    losses = np.zeros(len(tried) + 1)
    for fold in range(FOLDS if n >= FOLDS else 0):
        learn, held = folds != fold, folds == fold
        identity = (np.eye(labels) if full else np.ones(labels), np.zeros(labels))
        losses[0] += _loss(logs[held], targets[held])
        solution = identity
        for position, penalty in enumerate(tried, start=1):
            solution = fit_affine(logs[learn], targets[learn], penalty, full, solution)
            factors, offsets = solution
            losses[position] += _loss((logs[held] @ factors.T if full else logs[held] * factors) + offsets, targets[held])
    return (float("inf"), *tried)[int(losses.argmin())]


def _loss(margins: Floats, targets: Indices) -> float:
    return float(-log_softmax(margins, axis=1)[np.arange(len(targets)), targets].sum())
