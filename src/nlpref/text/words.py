"""Word tokens with their places in the text, and spans counted in characters or in tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.errors import InputError
from nlpref.types import Span

__all__ = ["Word", "character_spans", "split_words", "token_spans"]


def _marks() -> str:
    """What belongs to the character before it, as the inside of a character class: combining marks and joiners."""
    blocks = (range(0x300, 0x3100), range(0xA000, 0xAC00), range(0xFB1E, 0xFE30), range(0x10A00, 0x11E00))
    runs: list[tuple[int, int]] = []
    for code in (code for block in blocks for code in block if unicodedata.category(chr(code)).startswith("M")):
        first = runs.pop()[0] if runs and runs[-1][1] == code - 1 else code
        runs.append((first, code))
    return "\xad\u200c\u200d" + "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)


_M = _marks()
_LETTER = rf"[^\W\d_][{_M}]*"
_WORD = re.compile(
    rf"""
      (?:https?://|www\.)[^\s<>"]*[^\s<>".,;:!?'\u2019)\]]       # address, without the punctuation that follows it
    | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+                # mail address
    | @\w+                                                   # handle
    | [\d\#*]\ufe0f?\u20e3                                   # keycap
    | \#(?![A-Za-z]{{1,4}}-?\d)(?=\d*[^\W\d])(?:\w[{_M}]*)+  # hashtag, but not a number sign before an order number
    | (?<![^\W_])[A-Za-z]{{1,4}}-\d{{3,}}                    # order number such as WF-482913
    | (?<=[^\W\d_]|[{_M}])['\u2019](?:s|t|d|m|re|ve|ll)(?![^\W_])  # the end of "Anna's", "don't", "we've"
    | \d+(?:[.,:]\d+)*                                       # number, price, time of day
    | (?:{_LETTER})+                                         # letters
    | [\U0001f1e6-\U0001f1ff]{{2}}                            # flag
    | \S(?:[{_M}\U0001f3fb-\U0001f3ff]|(?<=\u200d)\S)*       # any other sign alone; an emoji in all its parts
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A token and its half-open range of characters: ``text == whole[start:end]``."""

    text: str
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """Split a text into words, numbers and signs; every character but white space belongs to one token.

    Addresses, handles, hashtags and order numbers stay whole. Letters, digits and punctuation part company
    everywhere else, so an amount is split from its currency and a name from the ``'s`` behind it.

    >>> [word.text for word in split_words("Anna's WF-482913 (£79.99) isn't here @wrenfieldhelp 2pm")]
    ['Anna', "'s", 'WF-482913', '(', '£', '79.99', ')', 'isn', "'t", 'here', '@wrenfieldhelp', '2', 'pm']
    """
    return [Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]


def token_spans(words: Sequence[Word], spans: Sequence[Span]) -> tuple[Span, ...]:
    """Turn spans counted in characters into spans counted in tokens.

    Raises:
        InputError: if a span does not begin and end where a token does.
    """
    starts = {word.start: index for index, word in enumerate(words)}
    ends = {word.end: index + 1 for index, word in enumerate(words)}
    found = []
    for span in spans:
        if span.start not in starts or span.end not in ends:
            near = [word.text for word in words if word.end > span.start and word.start < span.end]
            raise InputError(f"{span} does not begin and end with a token; the tokens there are {near}")
        found.append(Span(starts[span.start], ends[span.end], span.label, span.score))
    return tuple(found)


def character_spans(words: Sequence[Word], spans: Sequence[Span]) -> tuple[Span, ...]:
    """Turn spans counted in tokens into spans counted in characters.

    Raises:
        InputError: if a span leaves the tokens.
    """
    for span in spans:
        if span.end > len(words):
            raise InputError(f"{span} leaves the {len(words)} tokens")
    return tuple(Span(words[span.start].start, words[span.end - 1].end, span.label, span.score) for span in spans)
