"""What entity types are called in plain words, for a model that reads the names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nlpref.errors import InputError

__all__ = ["COMMON", "check_descriptions", "phrases"]

COMMON = {
    "per": "person",
    "pers": "person",
    "loc": "location",
    "org": "organisation",
    "gpe": "country, city or state",
    "norp": "nationality, religious or political group",
    "fac": "building or facility",
    "misc": "miscellaneous name",
}
"""Abbreviations that many data sets share."""
SHORTEST = 3
"""Letters of a word that a name may be split into; with shorter ones almost anything can be spelled."""


def phrases(labels: Sequence[str], descriptions: Mapping[str, str], words: Mapping[str, int]) -> list[str]:
    """One phrase for each entity type: its description if there is one, else its name, split into words.

    Args:
        labels: Entity types.
        descriptions: Type to phrase, for as many as one likes.
        words: Known words and their rank, the most frequent first, such as the vocabulary of a tokenizer.

    Example:
        >>> words = {"political": 2576, "party": 2283, "city": 2103}
        >>> phrases(["politicalparty", "city", "creative-work", "homeTown", "PER"], {"city": "city or town"}, words)
        ['political party', 'city or town', 'creative work', 'home town', 'person']
    """
    return [descriptions.get(label) or _spelled(label, words) for label in labels]


def check_descriptions(descriptions: Mapping[str, str], labels: Sequence[str]) -> None:
    """Refuse what describes nothing.

    Raises:
        InputError: if a description is blank, or of a type that there is not.
    """
    strange = sorted(label for label, phrase in descriptions.items() if label not in labels or not phrase.strip())
    if strange:
        raise InputError(
            f"descriptions of {', '.join(map(repr, strange))}: expected a phrase each, for types of train: {', '.join(labels)}"
        )


def _spelled(label: str, words: Mapping[str, int]) -> str:
    if label.lower() in COMMON:
        return COMMON[label.lower()]
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", label)
    return " ".join(word for part in parts for word in _split(part.lower(), words)) or label


def _split(word: str, words: Mapping[str, int]) -> list[str]:
    """The fewest known words that make up an unknown one, among equals the most frequent; itself if there are none."""
    if word in words:
        return [word]
    best: list[tuple[int, int, list[str]] | None] = [(0, 0, []), *[None] * len(word)]
    for end in range(SHORTEST, len(word) + 1):
        for start in range(end - SHORTEST + 1):
            before, part = best[start], word[start:end]
            if before is not None and part in words:
                found = (before[0] + 1, before[1] + words[part], [*before[2], part])
                best[end] = min(found, best[end] or found)
    whole = best[-1]
    return [word] if whole is None else whole[2]
