"""Where the n-grams of a text stand in it: the same n-grams that scikit-learn's vectorizer counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Located", "located_ngrams", "located_words"]

Located = tuple[str, int, int]
"""An n-gram and its half-open range of characters."""


def located_ngrams(vectorizer: Any, text: str) -> Iterator[Located]:
    """The n-grams of a ``TfidfVectorizer`` whose analyzer is ``word`` or ``char_wb``, each with its place in the text.

    The blanks that ``char_wb`` puts around a word stand nowhere; an n-gram of nothing but such a blank stands for its word.
    """
    shortest, longest = vectorizer.ngram_range
    read, places = _lowered(text) if vectorizer.lowercase else (text, None)
    found = (
        _words(re.compile(vectorizer.token_pattern), read, shortest, longest)
        if vectorizer.analyzer == "word"
        else _characters(read, shortest, longest)
    )
    for term, start, end in found:
        yield (term, start, end) if places is None else (term, int(places[start]), int(places[end - 1]) + 1)


def located_words(words: Sequence[str], text: str) -> tuple[str, list[Located]]:
    """Words as a model reads them, in the text that they come from, or where they are not all in it, joined by blanks.

    Returns:
        The text, and each word with its place in that text.
    """
    read, places = _lowered(text)
    found, end = [], 0
    for word in words:
        start = read.find(word.lower(), end)
        if start < 0 or not word:
            break
        end = start + len(word.lower())
        found.append((word, int(places[start]), int(places[end - 1]) + 1))
    if len(found) == len(words):
        return text, found
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    return " ".join(words), [(word, int(end) - len(word), int(end)) for word, end in zip(words, ends, strict=True)]


def _lowered(text: str) -> tuple[str, NDArray[np.intp]]:
    """The text in lower case, and for each of its characters the place of the one that it comes from."""
    lowered = text.lower()
    lengths = [len(character.lower()) for character in text] if len(lowered) != len(text) else np.ones(len(text), np.intp)
    return lowered, np.repeat(np.arange(len(text)), lengths)


def _words(word: re.Pattern[str], text: str, shortest: int, longest: int) -> Iterator[Located]:
    tokens = [(match[0], match.start(), match.end()) for match in word.finditer(text)]
    for n in range(shortest, min(longest, len(tokens)) + 1):
        for first in range(len(tokens) - n + 1):
            run = tokens[first : first + n]
            yield " ".join(token for token, _, _ in run), run[0][1], run[-1][2]


def _characters(text: str, shortest: int, longest: int) -> Iterator[Located]:
    for match in re.finditer(r"\S+", text):
        padded, (start, end) = f" {match[0]} ", match.span()
        for n in range(shortest, longest + 1):
            for offset in range(max(1, len(padded) - n + 1)):
                left, right = max(start, start + offset - 1), min(end, start + offset + n - 1)
                yield padded[offset : offset + n], *((left, right) if left < right else (start, end))
            if len(padded) <= n:  # a short word counts once
                break
