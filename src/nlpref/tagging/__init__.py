"""Entity taggers: lists of tokens in, labelled spans out.

The taggers are imported on first use, so that reading BIO tags does not load torch or spaCy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpref.tagging.crf import CrfTagger
    from nlpref.tagging.few_shot import FewShotTagger
    from nlpref.tagging.spacy_pipeline import SpacyTagger
    from nlpref.tagging.transformer import TransformerTagger

__all__ = ["CrfTagger", "FewShotTagger", "SpacyTagger", "TransformerTagger"]

_HOMES = {"CrfTagger": "crf", "FewShotTagger": "few_shot", "SpacyTagger": "spacy_pipeline", "TransformerTagger": "transformer"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
