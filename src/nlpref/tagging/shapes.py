"""Classes of word shapes: what an uncased model cannot see. The CRF reads the letters themselves, see ``word_shape``."""

from __future__ import annotations

__all__ = ["SHAPES", "shape_id"]

SHAPES = (
    "padding",
    "lower",
    "title",
    "upper",
    "initial",
    "mixed",
    "number",
    "digits_inside",
    "handle",
    "hashtag",
    "url",
    "other",
)
"""Names of the shapes; the position is the id."""

_ID = {name: number for number, name in enumerate(SHAPES)}


def shape_id(word: str) -> int:
    """The id of a word's shape.

    Example:
        >>> [SHAPES[shape_id(word)] for word in ["paris", "Paris", "UK", "I", "iPhone", "42", "@ann", "!"]]
        ['lower', 'title', 'upper', 'initial', 'mixed', 'number', 'handle', 'other']
    """
    return _ID[_name(word)]


def _name(word: str) -> str:
    if len(word) > 1 and word[0] in "@#":
        return "handle" if word[0] == "@" else "hashtag"
    if word.startswith(("http://", "https://", "www.")):
        return "url"
    if any(character.isdigit() for character in word):
        return "digits_inside" if any(character.isalpha() for character in word) else "number"
    if word.islower():
        return "lower"
    if word.isupper():
        return "initial" if len(word) == 1 else "upper"
    if word.istitle():
        return "title"
    return "mixed" if any(character.isalpha() for character in word) else "other"
