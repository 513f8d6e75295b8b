"""What a score of scope is computed from: what a classifier, and perhaps an encoder, make of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.probabilities import check_probabilities
from nlpref.protocols import Encoder, Representing, TextClassifier

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True)
class Evidence:
    """What is known of some texts.

    Args:
        probabilities: Of the labels inside, float64, (n_texts, n_labels).
        margins: What the softmax was taken of, float64, (n_texts, n_labels); None if the classifier does not show it.
        features: float32, (n_texts, width); None if neither the classifier nor an encoder gives any.
    """

    probabilities: NDArray[np.float64]
    margins: NDArray[np.float64] | None = None
    features: NDArray[np.float32] | None = None

    def needed(self, name: str, by: str) -> NDArray[np.float64]:
        """``margins`` or ``features``, float64.

        Raises:
            InputError: if there are none, saying what to do.
        """
        found: NDArray[np.floating] | None = getattr(self, name)
        if found is None:
            hint = "a classifier with represent(texts)" + (", or an encoder" if name == "features" else "")
            raise InputError(f"the score {by!r} needs {name} of the texts; give {hint}, or leave the score out")
        return np.asarray(found, dtype=np.float64)


def gather(classifier: TextClassifier, encoder: Encoder | None, texts: Sequence[str], *, remember: bool = False) -> Evidence:
    """Ask a fitted classifier, and an encoder if there is one, about texts.

    Args:
        classifier: Gives probabilities; one with ``represent`` gives features and margins as well.
        encoder: Gives features in place of the classifier's.
        texts: At least one.
        remember: Whether the classifier may use its cache on disk.

    Raises:
        InputError: if the classifier gives no rows of one probability for each of its labels that sum to 1, or margins of
            which none can be made.
    """
    name = type(classifier).__name__
    features: NDArray[np.float32] | None = None
    margins: NDArray[np.float64] | None = None
    if isinstance(classifier, Representing):
        features, margins = classifier.represent(texts, remember=remember)
        if np.shape(margins) != (expected := (len(texts), len(classifier.labels))):
            raise InputError(
                f"{name}.represent must give margins of shape (n_texts, n_labels) = {expected}, got {np.shape(margins)}"
            )
        with np.errstate(invalid="ignore"):  # what is not finite is told of below
            shares = np.exp(margins - margins.max(axis=1, keepdims=True))
            given, source = shares / shares.sum(axis=1, keepdims=True), f"the softmax of {name}'s margins"
    else:
        given, source = classifier.predict_proba(texts), f"{name}.predict_proba"
    probabilities = check_probabilities(given, len(classifier.labels), len(texts), source)
    if encoder is not None:
        features = encoder.encode(texts)
    return Evidence(probabilities, margins, features)
