"""Training sentences said anew, with other names in the place of their own.

Source: Dai and Adel 2020 (mention replacement); for names made up, Lin et al. 2021 (tests of robustness by random names).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from nlpref.errors import InputError
from nlpref.types import Span, TaggedTokens

__all__ = ["Names", "Replacement", "disguise", "in_style", "names_of", "read_names"]

Names = Mapping[str, Sequence[tuple[str, ...]]]
"""Of each entity type the distinct names, each a tuple of tokens."""


def names_of(examples: Iterable[TaggedTokens]) -> dict[str, list[tuple[str, ...]]]:
    """The distinct names of each label in some sentences, sorted.

    >>> names_of([TaggedTokens(("New", "York", "or", "Rome"), (Span(0, 2, "city"), Span(3, 4, "city")))])
    {'city': [('New', 'York'), ('Rome',)]}
    """
    found: dict[str, set[tuple[str, ...]]] = {}
    for example in examples:
        for span in example.spans:
            found.setdefault(span.label, set()).add(tuple(example.tokens[span.start : span.end]))
    return {label: sorted(found[label]) for label in sorted(found)}


def read_names(path: str | Path) -> dict[str, list[tuple[str, ...]]]:
    """Names from a text file: on each line a type, a tab, and a name whose tokens are parted by spaces.

    Raises:
        InputError: if the file does not exist or is no UTF-8 text, a line is none of this kind, or there is no name.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise InputError(f"gazetteer {path} does not exist; give a text file with a type, a tab and a name on each line")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"gazetteer {path} is not UTF-8 ({error.reason} at byte {error.start}); save it in that encoding"
        ) from None
    found: dict[str, set[tuple[str, ...]]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        label, gap, name = line.partition("\t")
        if not gap or not label.strip() or not name.split():
            raise InputError(f"gazetteer {path}, line {number}: found {line[:60]!r}, expected a type, a tab and a name")
        found.setdefault(label.strip(), set()).add(tuple(name.split()))
    if not found:
        raise InputError(f"gazetteer {path} has no names; give a type, a tab and a name on each line")
    return {label: sorted(found[label]) for label in sorted(found)}


def in_style(name: Sequence[str], original: Sequence[str]) -> tuple[str, ...]:
    """A name in the capitals of another: all small, all large, or each word with a capital; else as it is.

    Example:
        >>> in_style(["New", "York"], ["rome"]), in_style(["new", "york"], ["Rome"]), in_style(["Oslo"], ["ROME"])
        (('new', 'york'), ('New', 'York'), ('OSLO',))
        >>> in_style(["UK"], ["Rome"]), in_style(["Oslo"], ["X"])
        (('UK',), ('Oslo',))
    """
    whole, given = "".join(original), "".join(name)
    if whole.islower():
        return tuple(token.lower() for token in name)
    if whole.isupper() and sum(map(str.isalpha, whole)) > 1:
        return tuple(token.upper() for token in name)
    if given.islower() and original[0][:1].isupper():
        return tuple(token[:1].upper() + token[1:] for token in name)
    return tuple(name)


def disguise(tokens: Sequence[str], generator: np.random.Generator) -> tuple[str, ...]:
    """Words of the same shape that are no names: each letter and digit is replaced by another at random.

    Vowels stay vowels and other letters stay other letters, so that the words can be pronounced about as well; letters that
    are not Latin become Latin ones; signs stay.
    """
    return tuple("".join(_other(character, generator) for character in token) for token in tokens)


class Replacement:
    """Says sentences anew.

    Args:
        names: To choose from; those of a label are drawn with equal chances.
        replace: Chance that an entity gets another name of its label.
        mask: Chance that an entity gets made-up words of the same shape instead; together at most 1.
        seed: Of the choices.

    Raises:
        InputError: if a chance is out of range.

    Example:
        >>> said = Replacement({"city": [("New", "York")]}, 1.0)
        >>> said([TaggedTokens(("in", "rome", "now"), (Span(1, 2, "city"),))])[0]
        TaggedTokens(tokens=('in', 'new', 'york', 'now'), spans=(Span(start=1, end=3, label='city', score=1.0),), ...)
    """

    def __init__(self, names: Names, replace: float = 0.5, mask: float = 0.0, seed: int = 0) -> None:
        if not (0 <= replace <= 1 and 0 <= mask <= 1 and 0 < replace + mask <= 1):
            raise InputError(f"replace={replace}, mask={mask}: expected chances from 0 to 1, above 0 and at most 1 together")
        self.replace = replace
        self.mask = mask
        self._names = _by_form(names)
        self._generator = np.random.default_rng(seed)

    def __call__(self, examples: Iterable[TaggedTokens]) -> list[TaggedTokens]:
        """The sentences in the order given, their entities in the same places with the same labels.

        A name is replaced by one that begins alike, with a letter, a digit, or the same sign, so that a handle becomes a
        handle. A sentence without entities, or none of which is chosen, stays as it is, so that labels keep their shares.
        """
        return [self._said(example) for example in examples]

    def _said(self, example: TaggedTokens) -> TaggedTokens:
        tokens: list[str] = []
        spans: list[Span] = []
        end = 0
        for span in example.spans:
            tokens += example.tokens[end : span.start]
            own = example.tokens[span.start : span.end]
            name = self._name(span.label, own)
            spans.append(Span(len(tokens), len(tokens) + len(name), span.label))
            tokens += name
            end = span.end
        return replace(example, tokens=(*tokens, *example.tokens[end:]), spans=tuple(spans))

    def _name(self, label: str, own: tuple[str, ...]) -> tuple[str, ...]:
        chance = self._generator.random()
        if chance < self.replace:
            known = self._names.get((label, _form(own)), ())
            return in_style(known[self._generator.integers(len(known))], own) if known else own
        return disguise(own, self._generator) if chance < self.replace + self.mask else own


def _by_form(names: Names) -> dict[tuple[str, str], list[tuple[str, ...]]]:
    found: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for label, listed in names.items():
        for name in listed:
            found.setdefault((label, _form(name)), []).append(name)
    return found


def _form(name: Sequence[str]) -> str:
    first = name[0][:1]
    return "a" if first.isalpha() else "0" if first.isdigit() else first


_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"


def _other(character: str, generator: np.random.Generator) -> str:
    if character.isdigit():
        return str(generator.integers(10))
    if not character.isalpha():
        return character
    among = _VOWELS if _plain(character) in _VOWELS else _CONSONANTS
    drawn = among[generator.integers(len(among))]
    return drawn.upper() if character.isupper() else drawn


@cache
def _plain(letter: str) -> str:
    """The letter without its accent, small."""
    return unicodedata.normalize("NFD", letter)[0].lower()
