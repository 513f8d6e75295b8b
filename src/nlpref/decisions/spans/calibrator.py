"""Maps from evidence to the probability that a span is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

__all__ = ["IsotonicSpans", "LogisticSpans", "SpanCalibrator", "log_losses"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class SpanCalibrator(Protocol):
    """A frozen dataclass whose fields are arrays, so that it is saved as it is."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    def fit(cls, columns: Floats, right: Flags) -> Self:
        """Learn from evidence, (n_spans, n_columns), the log-odds of the scores first, and verdicts, (n_spans,)."""
        ...

    def __call__(self, columns: Floats) -> Floats:
        """Probability that each span is right, (n_spans,)."""
        ...


@dataclass(frozen=True)
class LogisticSpans:
    """Logistic regression that believes the tagger until shown otherwise.

    Weights have a normal prior of unit variance around those that leave the score as it is: intercept 0, log-odds 1, all
    else 0. So few spans change little, none change nothing, and a label that is rare has nearly the intercept of all.

    Args:
        weights: Intercept, then one for each column, (1 + n_columns,).

    Source: Platt 1999 (a logistic map of scores); Kull et al. 2017 (log-odds, so that the identity is among the maps).

    Example:
        >>> LogisticSpans.fit(np.zeros((0, 1)), np.zeros(0, bool))(np.array([[0.0], [2.0]])).round(2).tolist()
        [0.5, 0.88]
    """

    weights: Floats

    @classmethod
    def fit(cls, columns: Floats, right: Flags) -> Self:
        """The weights of greatest posterior probability, by L-BFGS; the loss is convex."""
        design = np.hstack([np.ones((len(columns), 1)), columns])
        signs = np.where(right, 1.0, -1.0)
        prior = np.zeros(design.shape[1])
        prior[1] = 1.0

        def loss(weights: Floats) -> tuple[float, Floats]:
            margins, moved = signs * (design @ weights), weights - prior
            slope = -design.T @ (signs * expit(-margins))
            return float(np.logaddexp(0, -margins).sum() + moved @ moved / 2), np.asarray(slope + moved)

        return cls(minimize(loss, prior, jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "ftol": 1e-13}).x)

    def __call__(self, columns: Floats) -> Floats:
        """Probabilities, float64, (n_spans,)."""
        return np.asarray(expit(self.weights[0] + columns @ self.weights[1:]), dtype=np.float64)


@dataclass(frozen=True)
class IsotonicSpans:
    """A rising curve over the score, whatever its form; it reads no other evidence and needs hundreds of spans.

    No span is certain: the curve ends as far from 0 and 1 as one error more, or less, among those it has seen would bring it.

    Args:
        given: Log-odds at which the curve bends, rising, (n_bends,).
        made: Probabilities there, (n_bends,).

    Source: Zadrozny & Elkan 2002.
    """

    given: Floats
    made: Floats

    @classmethod
    def fit(cls, columns: Floats, right: Flags) -> Self:
        """The rising curve of least squared error; without a span the scores stay as they are."""
        if not len(right):
            ends = np.linspace(-14.0, 14.0, 561)
            return cls(ends, np.asarray(expit(ends)))
        edge = 1 / (len(right) + 2)
        fitted = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(columns[:, 0], right.astype(np.float64))
        return cls(fitted.X_thresholds_, fitted.y_thresholds_)

    def __call__(self, columns: Floats) -> Floats:
        """Probabilities, float64, (n_spans,)."""
        return np.asarray(np.interp(columns[:, 0], self.given, self.made), dtype=np.float64)


def log_losses(probabilities: Floats, right: Flags) -> Floats:
    """Loss of each span in nats, (n_spans,)."""
    chance = np.where(right, probabilities, 1 - probabilities)
    return np.asarray(-np.log(np.maximum(chance, np.finfo(np.float64).eps)))
