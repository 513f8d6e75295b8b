"""Raw text in, entities counted in characters out, with values for what a business computes with.

What needs spaCy is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nlpref.extraction.dates import DateNormaliser
from nlpref.extraction.entity import Entity
from nlpref.extraction.extractor import EntityExtractor, TaggedSentence
from nlpref.extraction.money import MoneyNormaliser
from nlpref.extraction.normaliser import Normaliser, with_values
from nlpref.extraction.order_ids import OrderIdNormaliser
from nlpref.extraction.overlaps import resolve
from nlpref.extraction.saved import open_tagger
from nlpref.extraction.sentences import Sentence, SentenceSplitter
from nlpref.extraction.tokens import LocatedTokeniser, SpacySplitter
from nlpref.extraction.written import standoff

if TYPE_CHECKING:
    from nlpref.extraction.spacy_documents import from_doc, render, to_doc

__all__ = [
    "DateNormaliser",
    "Entity",
    "EntityExtractor",
    "LocatedTokeniser",
    "MoneyNormaliser",
    "Normaliser",
    "OrderIdNormaliser",
    "Sentence",
    "SentenceSplitter",
    "SpacySplitter",
    "TaggedSentence",
    "from_doc",
    "open_tagger",
    "render",
    "resolve",
    "standoff",
    "to_doc",
    "with_values",
]


def __getattr__(name: str) -> Any:
    if name in ("from_doc", "render", "to_doc"):  # spaCy takes a second
        return getattr(import_module("nlpref.extraction.spacy_documents"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
