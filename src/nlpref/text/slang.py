"""Abbreviations of chats and what they stand for: lists that come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from nlpref.errors import InputError

__all__ = ["LEXICONS", "abbreviations", "lexicon"]

LEXICONS = ("english-1",)
"""Names of the lists. A list that was published never changes, since saved models name it; a better one has another name."""


@cache
def lexicon(name: str = "english-1") -> Mapping[str, str]:
    """Lower-case abbreviation to the words it stands for.

    Raises:
        InputError: if there is no list of that name.
    """
    if name not in LEXICONS:
        raise InputError(f"there is no slang lexicon {name!r}; there are: {', '.join(LEXICONS)}")
    rows = (files(__package__) / f"slang-{name}.tsv").read_text("utf-8").splitlines()
    return dict(row.split("\t") for row in rows if row and not row.startswith("#"))


@cache
def abbreviations(name: str = "english-1") -> Mapping[str, tuple[str, ...]]:
    """The inverse: words to their abbreviations, in the order of the list."""
    found: dict[str, tuple[str, ...]] = {}
    for short, words in lexicon(name).items():
        found[words] = (*found.get(words, ()), short)
    return found
