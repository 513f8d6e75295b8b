"""Text classifiers: one label for each text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlpref.classification.frozen import FrozenEncoderClassifier
from nlpref.classification.static import StaticClassifier
from nlpref.classification.tfidf import TfidfClassifier

if TYPE_CHECKING:
    from nlpref.classification.transformer import TransformerClassifier

__all__ = ["FrozenEncoderClassifier", "StaticClassifier", "TfidfClassifier", "TransformerClassifier"]


def __getattr__(name: str) -> Any:
    if name == "TransformerClassifier":  # torch is imported only for those who ask for it
        from nlpref.classification.transformer import TransformerClassifier

        return TransformerClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
