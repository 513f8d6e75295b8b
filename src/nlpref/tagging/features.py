"""What a CRF sees of a token: its form, its neighbours, and how its sentence is written.

All functions are pure; a feature is a string that is present or not.

Source: the feature templates of Ratinov and Roth 2009 and of Ritter et al. 2011 (noisy text).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

__all__ = ["cluster_features", "normalise", "sentence_features", "short_word_shape", "word_shape"]

_URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_REPEATED = re.compile(r"(.)\1{2,}")
AFFIXES = 4


def normalise(word: str) -> str:
    """Lower case, with links, handles and digits folded and letters drawn out to three or more cut to two."""
    if _URL.match(word):
        return "<url>"
    if len(word) > 1 and word[0] == "@":
        return "<user>"
    return _REPEATED.sub(r"\1\1", re.sub(r"\d", "0", word.lower()))


def word_shape(word: str) -> str:
    """Letters as ``X`` and ``x``, digits as ``0``, the rest as it stands: ``McDonald's-2`` is ``XxXxxxxx'x-0``."""
    return "".join("X" if char.isupper() else "x" if char.isalpha() else "0" if char.isdigit() else char for char in word)


def short_word_shape(word: str) -> str:
    """The shape with runs cut to one: ``McDonald's-2`` is ``XxXx'x-0``."""
    return re.sub(r"(.)\1+", r"\1", word_shape(word))


def sentence_features(tokens: Sequence[str], window: int = 2) -> list[list[str]]:
    """The features of each token of a sentence.

    Args:
        tokens: The sentence.
        window: How many neighbours to either side a token sees.
    """
    style = _style(tokens)
    words = [normalise(token) for token in tokens]
    shapes = [short_word_shape(token) for token in tokens]
    return [
        [
            "bias",
            *_form(token),
            f"style={style}",
            f"style={style}|{shapes[position]}",
            *_neighbours(words, shapes, position, window),
        ]
        for position, token in enumerate(tokens)
    ]


@lru_cache(maxsize=65536)
def _form(token: str) -> tuple[str, ...]:
    word = normalise(token)
    found = [
        f"word={word}",
        f"shape={word_shape(token)[:12]}",
        f"form={short_word_shape(token)}",
        f"length={min(len(token), 12)}",
    ]
    if word[0:1] == "<":
        return tuple(found)
    bare = word.lstrip("#")
    for size in range(1, AFFIXES + 1):
        if len(bare) > size:
            found += [f"prefix={bare[:size]}", f"suffix={bare[-size:]}"]
    flags = {
        "upper": token.isupper() and len(token) > 1,
        "title": token[:1].isupper() and token[1:].islower(),
        "initial": token[:1].isupper(),
        "camel": any(char.isupper() for char in token[1:]) and any(char.islower() for char in token),
        "digit": any(char.isdigit() for char in token),
        "number": token.isdigit(),
        "hashtag": token[:1] == "#",
        "hyphen": "-" in token[1:-1],
        "symbol": not any(char.isalnum() for char in token),
        "foreign": not token.isascii(),
    }
    return (*found, *(name for name, holds in flags.items() if holds))


def _neighbours(words: Sequence[str], shapes: Sequence[str], position: int, window: int) -> list[str]:
    found = []
    for offset in (*range(-window, 0), *range(1, window + 1)):
        place = position + offset
        if place < 0 or place >= len(words):
            if offset in (-1, 1):
                found.append("first" if offset < 0 else "last")
            continue
        found += [f"word[{offset}]={words[place]}", f"form[{offset}]={shapes[place]}"]
        if offset in (-1, 1):
            found += [f"pair[{offset}]={words[position]}|{words[place]}", f"forms[{offset}]={shapes[position]}|{shapes[place]}"]
    return found


def _style(tokens: Sequence[str]) -> str:
    letters = [token for token in tokens if token[:1].isalpha()]
    initial = sum(token[0].isupper() for token in letters)
    if initial == 0:
        return "lower"
    if sum(token.isupper() for token in letters) > 0.6 * len(letters):
        return "upper"
    return "title" if initial > 0.6 * len(letters) else "mixed"


def cluster_features(tokens: Sequence[str], clusters: Mapping[str, Sequence[int]]) -> list[list[str]]:
    """The clusters of each token and its two neighbours.

    Args:
        tokens: The sentence.
        clusters: Normalised word -> its cluster in each clustering.
    """
    numbers = [clusters[normalise(token)] for token in tokens]
    return [
        [
            f"cluster{level}[{offset}]={number}"
            for offset in (-1, 0, 1)
            if 0 <= position + offset < len(numbers)
            for level, number in enumerate(numbers[position + offset])
        ]
        for position in range(len(numbers))
    ]
