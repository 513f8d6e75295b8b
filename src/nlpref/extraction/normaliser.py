"""What reads a value from the text of an entity."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

from nlpref.extraction.entity import Entity

__all__ = ["LONGEST", "Normaliser", "plain_text", "with_values"]

LONGEST = 80
"""Characters of a text that can be a value; what is longer is none, and no pattern has to read it."""


@runtime_checkable
class Normaliser(Protocol):
    """The text of an entity in, its canonical form out, or None where there is no reading of it."""

    def __call__(self, text: str) -> str | None: ...


def with_values(entities: Iterable[Entity], normalisers: Mapping[str, Normaliser]) -> Iterator[Entity]:
    """The same entities, each with its value: None where its label has no normaliser.

    >>> [entity.value for entity in with_values([Entity(0, 1, "SIZE", 1.0, "m")], {"SIZE": str.upper})]
    ['M']
    """
    for entity in entities:
        normaliser = normalisers.get(entity.label)
        yield replace(entity, value=normaliser(entity.text) if normaliser else None)


def plain_text(text: str) -> str:
    """Compatible characters alike, single spaces, no white space around; empty if the text is too long to be a value.

    Source: Unicode Standard Annex 15 (NFKC).
    """
    if len(text) > LONGEST:
        return ""
    return " ".join(unicodedata.normalize("NFKC", text).split())
