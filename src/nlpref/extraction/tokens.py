"""Tokens that know where they stand: ``text[token.start:token.end] == token.text``, and only white space between them.

What stands on either side of white space is split alike whether the other side is there or not. The default splitter is
``nlpref.text.words.split_words``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from nlpref.errors import InputError
from nlpref.text.tokenisers import TweetTokeniser
from nlpref.text.words import Word

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["LocatedTokeniser", "SpacySplitter", "Splitter", "locate"]

Splitter = Callable[[str], Sequence[Word]]
_SOLID = re.compile(r"\S")


@dataclass(frozen=True)
class LocatedTokeniser:
    """Any tokeniser of ``nlpref.text`` that leaves out nothing but white space, with the places of its words.

    Args:
        tokeniser: By default the one for tweets, which keeps emoticons whole.

    Raises:
        InputError: when it is used, if the tokeniser changes or leaves out characters.

    >>> [(word.text, word.start) for word in LocatedTokeniser()("so  nice :-)")]
    [('so', 0), ('nice', 4), (':-)', 9)]
    """

    tokeniser: Callable[[str], list[str]] = field(default_factory=TweetTokeniser)

    def __call__(self, text: str) -> list[Word]:
        found, end = [], 0
        for token in self.tokeniser(text):
            start = _next_solid(text, end)
            if not token or not text.startswith(token, start):
                self._refuse(text, start, token)
            end = start + len(token)
            found.append(Word(token, start, end))
        if _next_solid(text, end) < len(text):
            self._refuse(text, _next_solid(text, end), "")
        return found

    def _refuse(self, text: str, start: int, token: str) -> None:
        raise InputError(
            f"{self.tokeniser!r} gives {token!r} where the text has {text[start : start + 20]!r}; for offsets a tokeniser must "
            "leave every character as it is and pass over white space only"
        )


@dataclass(frozen=True)
class SpacySplitter:
    """The rules of a spaCy language, without any trained pipeline.

    Args:
        language: Code such as ``en`` or ``de``.

    Raises:
        InputError: if spaCy has no such language; found when it is used.

    >>> [(word.text, word.start) for word in SpacySplitter()("can't go")]
    [('ca', 0), ("n't", 2), ('go', 6)]
    """

    language: str = "en"

    def __call__(self, text: str) -> list[Word]:
        pipeline = _blank(self.language)
        with pipeline.memory_zone():  # or every word of a long document would stay in the vocabulary
            return [
                Word(token.text, token.idx, token.idx + len(token.text))
                for token in pipeline.make_doc(text)
                if not token.is_space
            ]


def locate(tokens: Sequence[str], text: str) -> list[Word]:
    """Find given tokens in a text, each one after the one before it.

    Raises:
        InputError: if a token is not there.

    >>> locate(["New", "York"], "(New York)")
    [Word(text='New', start=1, end=4), Word(text='York', start=5, end=9)]
    """
    found, end = [], 0
    for number, token in enumerate(tokens):
        start = text.find(token, end)
        if start < 0:
            raise InputError(f"token {number}, {token!r}, is not in the text from character {end} on: {text[end : end + 40]!r}")
        end = start + len(token)
        found.append(Word(token, start, end))
    return found


def _next_solid(text: str, start: int) -> int:
    match = _SOLID.search(text, start)
    return match.start() if match else len(text)


@cache
def _blank(language: str) -> Language:
    import spacy  # takes a second, and only those who ask for it need it

    try:
        made = spacy.blank(language)
    except ImportError as error:
        raise InputError(f"language is {language!r}: spaCy has no such language; give a code such as 'en' or 'de'") from error
    made.max_length = 10**9  # the limit is about the parser, which is not here
    return made
