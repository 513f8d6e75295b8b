"""What all methods have in common: a classifier, a text and a label in, an explanation out."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.explanation.explanation import Explanation
from nlpref.protocols import TextClassifier

__all__ = ["Explainer", "column_of", "log_odds"]

_LEAST = 1e-12
"""Probabilities below this are taken for it, so that log odds stay finite."""


class Explainer(Protocol):
    """Explains the answers of one fitted classifier."""

    @property
    def method(self) -> str:
        """Its name, as in ``Explanation.method``."""
        ...

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Why the text is given the label; None explains the most probable one."""
        ...


def column_of(classifier: TextClassifier, text: str, label: str | None) -> int:
    """Column of a label, or of the most probable one.

    Raises:
        InputError: if the classifier does not know the label; names the nearest that it knows.
    """
    labels = classifier.labels
    if label is None:
        return int(classifier.predict_proba([text])[0].argmax())
    if label not in labels:
        near = get_close_matches(label, labels, n=1)
        some = ", ".join(labels[:8]) + (" ..." if len(labels) > 8 else "")
        hint = f"; did you mean {near[0]!r}?" if near else f"; it knows {some}"
        raise InputError(f"the classifier does not know the label {label!r}{hint}")
    return labels.index(label)


def log_odds(probabilities: NDArray[Any], column: int) -> NDArray[np.float64]:
    """Logarithm of the probability of one label over that of all others together, (n_texts,).

    The others are added up, not taken from 1, so that a probability near 1 keeps its digits.
    """
    table = np.asarray(probabilities, dtype=np.float64)
    others = np.delete(table, column, axis=1).sum(axis=1)
    return np.asarray(np.log(np.maximum(table[:, column], _LEAST)) - np.log(np.maximum(others, _LEAST)), dtype=np.float64)
