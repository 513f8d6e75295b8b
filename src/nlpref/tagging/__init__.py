"""Entity taggers: lists of tokens in, labelled spans out.

The taggers are imported on first use, so that reading BIO tags does not load torch or spaCy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpref.tagging.augmented import AugmentedTagger
    from nlpref.tagging.crf import CrfTagger
    from nlpref.tagging.few_shot import FewShotTagger
    from nlpref.tagging.gazetteer_tagger import GazetteerTagger
    from nlpref.tagging.recurrent import RecurrentTagger
    from nlpref.tagging.rules import RuleTagger
    from nlpref.tagging.self_training import SelfTrainingTagger
    from nlpref.tagging.spacy_pipeline import SpacyTagger
    from nlpref.tagging.transformer import TransformerTagger
    from nlpref.tagging.union import UnionTagger
    from nlpref.tagging.voting import VotingTagger

__all__ = [
    "AugmentedTagger",
    "CrfTagger",
    "FewShotTagger",
    "GazetteerTagger",
    "RecurrentTagger",
    "RuleTagger",
    "SelfTrainingTagger",
    "SpacyTagger",
    "TransformerTagger",
    "UnionTagger",
    "VotingTagger",
]

_HOMES = {
    "AugmentedTagger": "augmented",
    "CrfTagger": "crf",
    "FewShotTagger": "few_shot",
    "GazetteerTagger": "gazetteer_tagger",
    "RecurrentTagger": "recurrent",
    "RuleTagger": "rules",
    "SelfTrainingTagger": "self_training",
    "SpacyTagger": "spacy_pipeline",
    "TransformerTagger": "transformer",
    "UnionTagger": "union",
    "VotingTagger": "voting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
