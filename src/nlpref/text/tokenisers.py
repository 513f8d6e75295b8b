"""Word tokenisers: callable values that split a text into words without white space in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nlpref.errors import InputError
from nlpref.text.words import split_words

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["RegexTokeniser", "SpacyTokeniser", "TweetTokeniser", "WhitespaceTokeniser", "WordTokeniser"]

_EMOTICON = re.compile(
    r"""
      (?<![\w:])[<>]?[:;=xX][-o*'^]?[)\](\[dDpP/\\|*3oO](?!\w)    # :-)  ;D  xD  :/
    | (?<!\w)[)\](\[/\\|][-o*'^]?[:;=](?![\w/])                    # (-:
    | <3+ | </3                                                    # heart
    | (?<!\w)[\^>][._-]*[\^<](?!\w)                                # ^_^  >_<
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class WhitespaceTokeniser:
    """Splits at white space and nowhere else.

    >>> WhitespaceTokeniser()(" it's  here. ")
    ["it's", 'here.']
    """

    def __call__(self, text: str) -> list[str]:
        return text.split()


@dataclass(frozen=True)
class RegexTokeniser:
    r"""Finds what a regular expression matches.

    Args:
        pattern: The default finds runs of letters and digits, scikit-learn's words and those of one letter.

    Raises:
        InputError: if it is no regular expression.

    >>> RegexTokeniser()("it's here."), RegexTokeniser(r"\d+")("7 of 9")
    (['it', 's', 'here'], ['7', '9'])
    """

    pattern: str = r"\b\w+\b"

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except (re.error, TypeError) as error:
            raise InputError(f"pattern {self.pattern!r} is no regular expression: {error}") from error

    def __call__(self, text: str) -> list[str]:
        return [word for match in re.finditer(self.pattern, text) for word in match[0].split()]


@dataclass(frozen=True)
class WordTokeniser:
    """Words, numbers and signs as ``nlpref.text.words`` splits them, the default of families that read words.

    >>> WordTokeniser()("isn't it 5pm?")
    ['isn', "'t", 'it', '5', 'pm', '?']
    """

    def __call__(self, text: str) -> list[str]:
        return [word.text for word in split_words(text)]


@dataclass(frozen=True)
class TweetTokeniser:
    """As ``WordTokeniser``, which keeps handles, hashtags, addresses and emoji whole; emoticons stay whole too.

    >>> TweetTokeniser()("@anna loves it :-) #win <3")
    ['@anna', 'loves', 'it', ':-)', '#win', '<3']
    """

    def __call__(self, text: str) -> list[str]:
        words: list[str] = []
        end = 0
        for match in _EMOTICON.finditer(text):
            words += [word.text for word in split_words(text[end : match.start()])] + [match[0]]
            end = match.end()
        return words + [word.text for word in split_words(text[end:])]


@dataclass(frozen=True)
class SpacyTokeniser:
    """The rules of a spaCy language, without any trained pipeline.

    Args:
        language: Code such as ``en`` or ``de``.

    Raises:
        InputError: if spaCy has no such language; found when it is used.

    >>> SpacyTokeniser()("We can't go to the U.K. today.")
    ['We', 'ca', "n't", 'go', 'to', 'the', 'U.K.', 'today', '.']
    """

    language: str = "en"

    def __call__(self, text: str) -> list[str]:
        return [token.text for token in _blank(self.language).make_doc(text) if not token.is_space]


@cache
def _blank(language: str) -> Language:
    import spacy  # takes a second, and only those who ask for it need it

    try:
        made = spacy.blank(language)
    except ImportError as error:
        raise InputError(f"language is {language!r}: spaCy has no such language; give a code such as 'en' or 'de'") from error
    made.max_length = 10**9  # the limit is about the parser, which is not here
    return made
