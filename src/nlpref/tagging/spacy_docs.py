"""The caller's tokens as spaCy takes them."""

from __future__ import annotations

from collections.abc import Sequence

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from nlpref.errors import InputError

__all__ = ["blank_pipeline", "doc_of"]


def blank_pipeline(language: str) -> Language:
    """A pipeline without components.

    Raises:
        InputError: if spaCy does not know the language.
    """
    try:
        return spacy.blank(language)
    except ImportError as error:
        raise InputError(f"language={language!r} is not a language code that spaCy knows, such as 'en' or 'xx'") from error


def doc_of(pipeline: Language, tokens: Sequence[str]) -> Doc:
    """A document of just these tokens."""
    # spaCy's words are never empty; a stand-in keeps the count of tokens
    return Doc(pipeline.vocab, words=[token or "\u200b" for token in tokens])
