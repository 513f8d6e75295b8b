"""What a score of scope is computed from: what a classifier, and perhaps an encoder, make of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.probabilities import check_probabilities, softmax
from nlpref.protocols import Encoder, Representing, TextClassifier

__all__ = ["Evidence", "check_given", "gather"]


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
            raise _missing(name, by)
        return np.asarray(found, dtype=np.float64)


def check_given(classifier: TextClassifier, encoder: Encoder | None, needs: Mapping[str, str | None]) -> None:
    """See that a classifier, fitted or not, and perhaps an encoder will give what scores need.

    Args:
        classifier: As for ``gather``.
        encoder: As for ``gather``.
        needs: What each score needs, by its name: ``margins``, ``features``, or None for probabilities alone.

    Raises:
        InputError: if something is missing, saying what to do.
    """
    if hasattr(classifier, "represent"):  # a protocol asks for labels, which are an error before fit
        return
    for by, name in needs.items():
        if name == "margins" or (name == "features" and encoder is None):
            raise _missing(name, by, type(classifier).__name__)


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
    given: NDArray[np.floating]
    if isinstance(classifier, Representing):
        features, margins = classifier.represent(texts, remember=remember)
        if np.shape(margins) != (expected := (len(texts), len(classifier.labels))):
            raise InputError(
                f"{name}.represent must give margins of shape (n_texts, n_labels) = {expected}, got {np.shape(margins)}"
            )
        with np.errstate(invalid="ignore"):  # what is not finite is told of below
            given, source = softmax(margins), f"the softmax of {name}'s margins"
    else:
        given, source = classifier.predict_proba(texts), f"{name}.predict_proba"
    probabilities = check_probabilities(given, len(classifier.labels), len(texts), source)
    if encoder is not None:
        features = encoder.encode(texts)
    return Evidence(probabilities, margins, features)


def _missing(name: str, by: str, classifier: str = "the classifier") -> InputError:
    hint = "a classifier with represent(texts), such as frozen, few_shot or perceptron"
    hint += ", or an encoder (on the command line +encoder@classifier.encoder=minilm)" if name == "features" else ""
    return InputError(
        f"the score {by!r} needs {name} of the texts, which {classifier} does not show; give {hint}, or leave it out"
    )
