"""The methods by name, and which of them fit a classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nlpref.errors import InputError
from nlpref.explanation.attention import Attention
from nlpref.explanation.explainer import Explainer
from nlpref.explanation.integrated_gradients import IntegratedGradients
from nlpref.explanation.linear import LinearContributions
from nlpref.explanation.occlusion import Occlusion
from nlpref.explanation.opened import can_be_opened
from nlpref.protocols import Additive, TextClassifier

__all__ = ["METHODS", "explainers_for"]

METHODS: Mapping[str, Callable[[Any], Explainer]] = {
    "linear": LinearContributions,
    "integrated_gradients": IntegratedGradients,
    "occlusion": Occlusion,
    "attention": Attention,
}
"""The most exact first."""


def speaking(classifier: Any) -> TextClassifier:
    """Whose probabilities a classifier gives: where a decision passes them on as they are, those of the one inside."""
    while getattr(classifier, "passes_on", False):
        classifier = classifier.classifier
    speaker: TextClassifier = classifier
    return speaker


def explainers_for(classifier: TextClassifier, names: Sequence[str] = ()) -> list[Explainer]:
    """The methods that fit a fitted classifier, or those that are asked for; decisions are looked through, see ``speaking``.

    Raises:
        InputError: if there is no method of a name, or it does not fit the classifier.
    """
    classifier = speaking(classifier)
    fitting = {
        "linear": isinstance(classifier, Additive),
        "integrated_gradients": can_be_opened(classifier),
        "occlusion": True,
        "attention": can_be_opened(classifier),
    }
    for name in names:
        if name not in METHODS:
            raise InputError(f"there is no method {name!r}; there are: {', '.join(METHODS)}")
        if not fitting[name]:
            able = ", ".join(method for method, fits in fitting.items() if fits)
            raise InputError(f"{name} does not fit a {type(classifier).__name__}; these do: {able}")
    return [METHODS[name](classifier) for name in (names or [method for method, fits in fitting.items() if fits])]
