"""Text classifiers: one label for each text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nlpref.classification.adapted import AdaptedClassifier
from nlpref.classification.cascade import CascadeClassifier
from nlpref.classification.few_shot import FewShotClassifier
from nlpref.classification.frozen import FrozenEncoderClassifier
from nlpref.classification.logistic import LogisticClassifier
from nlpref.classification.naive_bayes import NaiveBayesClassifier
from nlpref.classification.perceptron import PerceptronClassifier
from nlpref.classification.static import StaticClassifier
from nlpref.classification.tfidf import TfidfClassifier

if TYPE_CHECKING:
    from nlpref.classification.convolutional import ConvolutionalClassifier
    from nlpref.classification.distilled import DistilledClassifier
    from nlpref.classification.recurrent import RecurrentClassifier
    from nlpref.classification.transformer import TransformerClassifier

__all__ = [
    "AdaptedClassifier",
    "CascadeClassifier",
    "ConvolutionalClassifier",
    "DistilledClassifier",
    "FewShotClassifier",
    "FrozenEncoderClassifier",
    "LogisticClassifier",
    "NaiveBayesClassifier",
    "PerceptronClassifier",
    "RecurrentClassifier",
    "StaticClassifier",
    "TfidfClassifier",
    "TransformerClassifier",
]

_WITH_TORCH = {
    "ConvolutionalClassifier": "convolutional",
    "DistilledClassifier": "distilled",
    "RecurrentClassifier": "recurrent",
    "TransformerClassifier": "transformer",
}


def __getattr__(name: str) -> Any:
    if name in _WITH_TORCH:  # torch is imported only for those who ask for it
        return getattr(import_module(f"nlpref.classification.{_WITH_TORCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
