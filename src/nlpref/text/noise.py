"""Noise as people make it: typos, slang, careless casing, texts that break off. Seeded, and stronger by degrees.

Each unit of a text (a word, or a phrase that slang can replace) draws the same random numbers at every strength, and is hit
where the first of them is below the strength. So what is noisy at one strength is noisy in the same way at every higher one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from nlpref.errors import InputError
from nlpref.text.checks import check_texts
from nlpref.text.slang import abbreviations

__all__ = ["NOISES", "add_noise"]

Noise = Callable[[str, float, np.random.Generator], str]
_WORD = re.compile(r"[^\W\d_]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def add_noise(texts: Sequence[str], kind: str, strength: float, seed: int = 0) -> list[str]:
    """Make texts noisy, each by its place in the sequence and the seed.

    Args:
        texts: Clean texts.
        kind: ``typos``: that share of words gets one typing error. ``slang``: that share of phrases which have an
            abbreviation is abbreviated. ``casing``: that share of words is written in another case. ``truncation``: that
            share of words is missing at the end, but never the first.
        strength: From 0, which changes nothing, to 1.
        seed: Fixes which words are hit, and how.

    Returns:
        As many texts, in the same order.

    Raises:
        InputError: if there is no such kind, or the strength is not from 0 to 1.

    Source: Belinkov and Bisk 2018 (swaps and neighbouring keys); Ribeiro et al. 2020 (typos as a test).

    >>> add_noise(["please cancel my order", "as soon as possible"], "truncation", 0.5)
    ['please cancel', 'as soon']
    """
    if kind not in NOISES:
        raise InputError(f"kind is {kind!r}, expected one of {', '.join(NOISES)}")
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength <= 1:
        raise InputError(f"strength is {strength!r}, expected a number from 0 to 1")
    texts = check_texts(texts)
    if strength == 0:
        return texts
    return [NOISES[kind](text, strength, np.random.default_rng([seed, row])) for row, text in enumerate(texts)]


def _typos(text: str, strength: float, chance: np.random.Generator) -> str:
    def typed(match: re.Match[str]) -> str:
        hit, kind, place, key = chance.random(4)
        return _mistyped(match[0], kind, place, key) if hit < strength else match[0]

    return _WORD.sub(typed, text)


def _mistyped(word: str, kind: float, place: float, key: float) -> str:
    """One typing error; ``kind``, ``place`` and ``key`` are drawn from [0, 1)."""
    position = int(place * len(word))
    near = _neighbours().get(word[position].lower(), "")
    swapped = min(position, len(word) - 2)
    if kind < 1 / 3 and near:
        letter = near[int(key * len(near))]
        return word[:position] + (letter.upper() if word[position].isupper() else letter) + word[position + 1 :]
    if kind < 2 / 3 and len(word) > 1:
        return word[:swapped] + word[swapped + 1] + word[swapped] + word[swapped + 2 :]
    return word[:position] + word[position + 1 :] if len(word) > 1 else word * 2


def _slang(text: str, strength: float, chance: np.random.Generator) -> str:
    known = abbreviations()

    def shortened(match: re.Match[str]) -> str:
        hit, which = chance.random(2)
        options = known[match[0].lower()]
        return options[int(which * len(options))] if hit < strength else match[0]

    return _phrases().sub(shortened, text)


def _casing(text: str, strength: float, chance: np.random.Generator) -> str:
    def recased(match: re.Match[str]) -> str:
        hit, which = chance.random(2)
        word = match[0]
        others = [form for form in (word.lower(), word.upper(), word.capitalize(), word.swapcase()) if form != word]
        return others[int(which * len(others))] if hit < strength and others else word

    return _WORD.sub(recased, text)


def _truncation(text: str, strength: float, _: np.random.Generator) -> str:
    words = list(re.finditer(r"\S+", text))
    if not words:
        return text
    kept = max(1, len(words) - round(strength * len(words)))
    return text if kept == len(words) else text[: words[kept - 1].end()]


@cache
def _neighbours() -> Mapping[str, str]:
    """The keys beside, above and below each letter on a QWERTY keyboard, whose rows are shifted by about half a key."""
    found: dict[str, str] = {}
    for number, row in enumerate(_ROWS):
        for place, letter in enumerate(row):
            beside = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            above = _ROWS[number - 1][place : place + 2] if number else ""
            below = _ROWS[number + 1][max(0, place - 1) : place + 1] if number + 1 < len(_ROWS) else ""
            found[letter] = beside + above + below
    return found


@cache
def _phrases() -> re.Pattern[str]:
    """Finds what can be abbreviated, the longest first."""
    longest_first = sorted(abbreviations(), key=lambda words: (-len(words), words))
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, longest_first))})(?![\w'])", re.IGNORECASE)


NOISES: Mapping[str, Noise] = {"typos": _typos, "slang": _slang, "casing": _casing, "truncation": _truncation}
"""The kinds of noise by name."""
