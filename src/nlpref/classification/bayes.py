"""Naive Bayes over one-hot features, in scikit-learn's manner and written as the linear classifier that it is."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError

__all__ = ["EVENTS", "Event", "LinearNaiveBayes"]

Event = Literal["multinomial", "bernoulli"]
EVENTS: tuple[Event, ...] = ("multinomial", "bernoulli")


class LinearNaiveBayes:
    """Log-probabilities of words given a label, with additive smoothing, as ``coef_`` and ``intercept_``.

    Args:
        alpha: What is added to each count.
        event: ``multinomial`` draws the words of a text one by one; ``bernoulli`` decides for every word of the vocabulary
            whether the text has it, so that missing words count too.

    Source: McCallum and Nigam 1998 (both event models); over presence instead of counts,
    Schneider 2004.
    """

    def __init__(self, alpha: float, event: Event = "multinomial") -> None:
        self.alpha = alpha
        self.event = event

    def fit(self, features: Any, targets: NDArray[np.intp]) -> Self:
        """Count.

        Args:
            features: Sparse and of 0 and 1, (n_texts, n_words).
            targets: Number of the label of each text, all of 0 to n_labels - 1.

        Raises:
            InputError: if the event model is not known.
        """
        if self.event not in EVENTS:
            raise InputError(f"event is {self.event!r}, expected one of {', '.join(EVENTS)}")
        sizes = np.bincount(targets).astype(np.float64)
        member = (targets[None, :] == np.arange(len(sizes))[:, None]).astype(np.float64)
        counts = np.asarray(member @ features, dtype=np.float64)  # texts of a label that have a word
        prior = np.log(sizes / sizes.sum())
        if self.event == "multinomial":
            smooth = counts + self.alpha
            weights, bias = np.log(smooth / smooth.sum(axis=1, keepdims=True)), prior
        else:
            present = (counts + self.alpha) / (sizes[:, None] + 2 * self.alpha)
            weights, bias = np.log(present) - np.log1p(-present), prior + np.log1p(-present).sum(axis=1)
        if len(sizes) == 2:  # as scikit-learn has it, one row for two labels
            weights, bias = weights[1:] - weights[:1], bias[1:] - bias[:1]
        self.coef_, self.intercept_ = weights, bias
        return self

    def decision_function(self, features: Any) -> NDArray[np.float64]:
        """Joint log-probabilities, (n_texts, n_labels); for two labels their difference, (n_texts,)."""
        margins: NDArray[np.float64] = np.asarray(features @ self.coef_.T, dtype=np.float64) + self.intercept_
        return np.squeeze(margins, axis=1) if margins.shape[1] == 1 else margins
