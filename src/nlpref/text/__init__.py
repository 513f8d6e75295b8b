"""Text as it comes: checks, normalisation, tokenisers, stems and lemmas, sub-words trained on a text, noise."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nlpref.text.noise import NOISES, add_noise
from nlpref.text.normalisation import Casing, Emoji, Handles, Hashtags, RepeatedLetters, Slang, Unicode, Urls
from nlpref.text.preparation import Preparation
from nlpref.text.roots import LookupLemmatiser, SnowballStemmer
from nlpref.text.subword_tokeniser import SubwordTokeniser, read_subwords
from nlpref.text.tokenisers import RegexTokeniser, SpacyTokeniser, TweetTokeniser, WhitespaceTokeniser, WordTokeniser

if TYPE_CHECKING:
    from nlpref.text.subword_training import SubwordReport, subword_report, train_subwords

__all__ = [
    "NOISES",
    "Casing",
    "Emoji",
    "Handles",
    "Hashtags",
    "LookupLemmatiser",
    "Preparation",
    "RegexTokeniser",
    "RepeatedLetters",
    "Slang",
    "SnowballStemmer",
    "SpacyTokeniser",
    "SubwordReport",
    "SubwordTokeniser",
    "TweetTokeniser",
    "Unicode",
    "Urls",
    "WhitespaceTokeniser",
    "WordTokeniser",
    "add_noise",
    "read_subwords",
    "subword_report",
    "train_subwords",
]


def __getattr__(name: str) -> Any:
    if name in ("SubwordReport", "subword_report", "train_subwords"):  # the Rust library, only for those who train with it
        return getattr(import_module("nlpref.text.subword_training"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
