"""How sure a classifier must be to answer, so that few of its answers are wrong: a promise, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.risk_control import binomial_p_values, fallback_test, smallest_sample

__all__ = ["Promise", "observed_promises", "promised_confidence", "resampled_promises", "selective_risk"]

STARTS = (2, 8)
"""The search starts at a half and at an eighth of the examples. A classifier that is rarely right enough needs the early
start; the late one is not ended by an early mistake."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Promise:
    """From which confidence on a classifier answers.

    Args:
        threshold: Texts with a higher confidence are answered; 1 answers none.
        answered: How many of the examples that it was chosen on are.
        wrong: How many of those answers are wrong.
        examples: How many there were.
    """

    threshold: float
    answered: int
    wrong: int
    examples: int


def promised_confidence(scores: Floats, right: NDArray[np.bool_], risk: float, level: float) -> Promise:
    """The lowest confidence above which at most the share ``risk`` of answers to new texts is wrong, save with chance ``level``.

    Settings are the thresholds between neighbouring scores, from few answers to all. Of the answers above a threshold the
    number of wrong ones is binomial, so each has an exact p-value. A threshold with too few answers cannot pass, so the
    search starts at an eighth of the examples and once more at a half, and each has half of ``level``; a run that gets from
    the one to the other takes its share along. Of fewer examples only a half, or all, are a start. This depends on the
    number of examples alone.

    The promise is exact for independent examples if the share of wrong answers does not fall as less sure answers are let
    in, which is what a confidence is for.

    Args:
        scores: Confidence of each example, that no training has seen, (n_examples,).
        right: Whether the answer is right, (n_examples,).
        risk: Share of wrong answers that is allowed, in (0, 1).
        level: Chance that the share is larger, over the draw of the examples, in (0, 1).

    Raises:
        InputError: if shapes or numbers do not fit.

    Source: Angelopoulos et al. 2021 (Learn then Test, sections 2 and 3); Geifman & El-Yaniv 2017 (selective risk);
        Wiens & Dmitrienko 2005 (levels that are passed on).
    """
    _check(scores, right)
    n, order = len(scores), np.argsort(-scores, kind="stable")
    starts = [n // part for part in STARTS if n // part >= smallest_sample(risk, level / len(STARTS))] or [n]
    if n < smallest_sample(risk, level):
        return Promise(1.0, 0, 0, n)
    ordered = scores[order]
    ends = np.append(np.flatnonzero(ordered[1:] < ordered[:-1]) + 1, n)  # equal scores are answered together
    wrong = np.cumsum(~right[order])[ends - 1]
    levels = np.zeros(len(ends))
    np.add.at(levels, np.searchsorted(ends, starts), level / len(starts))
    passed = np.flatnonzero(fallback_test(binomial_p_values(wrong, ends, risk), levels))
    if not len(passed):
        return Promise(1.0, 0, 0, n)
    last, below = int(passed[-1]), 0.0
    if last + 1 < len(ends):
        below = float(ordered[ends[last]])
    return Promise((float(ordered[ends[last] - 1]) + below) / 2, int(ends[last]), int(wrong[last]), n)


def selective_risk(scores: Floats, right: NDArray[np.bool_], threshold: float) -> tuple[float, float]:
    """Share of texts answered, and share of the answers that are wrong (0 of none).

    Raises:
        InputError: if shapes do not fit.
    """
    _check(scores, right)
    answered = scores > threshold
    return float(answered.mean()), float((~right[answered]).mean()) if answered.any() else 0.0


def resampled_promises(
    scores: Floats, right: NDArray[np.bool_], risk: float, level: float, examples: int, resamples: int = 200, seed: int = 0
) -> Floats:
    """How often the promise holds: thresholds chosen on resamples of a pool, each judged on the whole pool.

    The pool stands for all texts there are, so examples are drawn from it with replacement, and the share of wrong answers
    in it is the true one.

    Args:
        scores: Confidence of each text of the pool, (n_pool,).
        right: Whether the answer is right, (n_pool,).
        risk: As for ``promised_confidence``; ``level`` likewise.
        level: See ``risk``.
        examples: Number of examples that each threshold is chosen on.
        resamples: Number of thresholds.
        seed: Fixes the draws.

    Returns:
        For each resample the share of the pool that is answered and the share of wrong answers, (n_resamples, 2).

    Raises:
        InputError: if shapes or numbers do not fit.
    """
    _check(scores, right)
    random, found = np.random.default_rng(seed), []
    for _ in range(resamples):
        rows = random.integers(0, len(scores), examples)
        found.append(selective_risk(scores, right, promised_confidence(scores[rows], right[rows], risk, level).threshold))
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def observed_promises(
    scores: Floats, right: NDArray[np.bool_], risk: float, level: float, examples: int, resamples: int = 200, seed: int = 0
) -> Floats:
    """What is observed of the promise: texts are divided at random, one part chooses the threshold, the rest is answered with it.

    The share of wrong answers among the rest is not the true one but an estimate of it, and errs the more the fewer are
    answered. So it exceeds the risk oftener than the true share does, of which alone something is promised; for that share see
    ``resampled_promises``.

    Args:
        scores: Confidence of each text, (n_texts,).
        right: Whether the answer is right, (n_texts,).
        risk: As for ``promised_confidence``; ``level`` likewise.
        level: See ``risk``.
        examples: Size of the part that the threshold is chosen on; below n_texts.
        resamples: Number of divisions.
        seed: Fixes them.

    Returns:
        For each division the share of the rest that is answered and the share of wrong answers, (n_resamples, 2).

    Raises:
        InputError: if shapes or numbers do not fit, or one of the parts is empty.
    """
    _check(scores, right)
    if not 0 < examples < len(scores):
        raise InputError(
            f"expected examples from 1 to {len(scores) - 1}, so that some of {len(scores)} texts are left; got {examples}"
        )
    random, found = np.random.default_rng(seed), []
    for _ in range(resamples):
        rows = random.permutation(len(scores))
        chosen, rest = rows[:examples], rows[examples:]
        promise = promised_confidence(scores[chosen], right[chosen], risk, level)
        found.append(selective_risk(scores[rest], right[rest], promise.threshold))
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _check(scores: Floats, right: NDArray[np.bool_]) -> None:
    if np.ndim(scores) != 1 or np.shape(scores) != np.shape(right) or not len(scores):
        raise InputError(
            f"expected one score and one verdict for each of at least one example, got shapes {np.shape(scores)} and "
            f"{np.shape(right)}"
        )
