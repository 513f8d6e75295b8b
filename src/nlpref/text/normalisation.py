"""Steps that make texts more alike: each a small callable value, so that their order is explicit and saved with a model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from nlpref.errors import InputError
from nlpref.text.emoji import EMOJI, name_of
from nlpref.text.slang import lexicon

__all__ = ["Casing", "Emoji", "Handles", "Hashtags", "RepeatedLetters", "Slang", "Unicode", "Urls"]

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?'\u2019)\]]", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@.])@\w+")
_HASHTAG = re.compile(r"(?<!\w)#(\w*[^\W\d]\w*)")
_SEAMS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|_+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019/][^\W_]+)*")
_CASES: dict[str, Callable[[str], str]] = {"lower": str.lower, "fold": str.casefold, "upper": str.upper}


@dataclass(frozen=True)
class Unicode:
    r"""One way of writing each character: full-width letters, ligatures and combining accents become the usual ones.

    Args:
        form: Unicode normalisation form.

    Raises:
        InputError: if there is no such form.

    Source: Unicode Standard Annex 15.

    >>> Unicode()("\ufb01ne \xb2, cafe\u0301") == "fine 2, caf\xe9"
    True
    """

    form: Literal["NFC", "NFKC", "NFD", "NFKD"] = "NFKC"

    def __post_init__(self) -> None:
        _one_of("form", self.form, ("NFC", "NFKC", "NFD", "NFKD"))

    def __call__(self, text: str) -> str:
        return unicodedata.normalize(self.form, text)


@dataclass(frozen=True)
class Urls:
    """Every web address becomes the same word.

    >>> Urls()("see https://example.com/a?b=1, or www.example.org.")
    'see url, or url.'
    """

    replacement: str = "url"

    def __call__(self, text: str) -> str:
        return _URL.sub(lambda _: self.replacement, text)


@dataclass(frozen=True)
class Handles:
    """Every ``@name`` becomes the same word; mail addresses stay.

    >>> Handles()("@anna write to anna@example.com")
    'user write to anna@example.com'
    """

    replacement: str = "user"

    def __call__(self, text: str) -> str:
        return _HANDLE.sub(lambda _: self.replacement, text)


@dataclass(frozen=True)
class Hashtags:
    """Hashtags lose their sign and are split where case or digits show a seam; so this comes before ``Casing``.

    >>> Hashtags()("#NotMyPresident #HTMLRocks2day #quiet #1")
    'Not My President HTML Rocks 2 day quiet #1'
    """

    def __call__(self, text: str) -> str:
        return _HASHTAG.sub(lambda match: " ".join(_SEAMS.sub(" ", match[1]).split()), text)


@dataclass(frozen=True)
class Emoji:
    """Emoji become their Unicode names; without this step they are kept.

    Args:
        form: ``words`` gives several words; ``token`` joins their letters to one that no tokeniser splits.

    Raises:
        InputError: if there is no such form.

    >>> Emoji()("great😀👍🏽"), Emoji("token")("great😀")
    ('great grinning face thumbs up sign', 'great grinningface')
    """

    form: Literal["words", "token"] = "words"

    def __post_init__(self) -> None:
        _one_of("form", self.form, ("words", "token"))

    def __call__(self, text: str) -> str:
        if text.isascii() or not EMOJI.search(text):
            return text
        named = EMOJI.sub(lambda match: f" {self._written(name_of(match[0]))} ", text)
        return " ".join(named.split())

    def _written(self, name: str) -> str:
        return name if self.form == "words" else "".join(filter(str.isalnum, name))


@dataclass(frozen=True)
class RepeatedLetters:
    """A letter stands at most so many times in a row.

    Args:
        most: Two leaves the double letters that spelling knows.

    Raises:
        InputError: if ``most`` is below one.

    Source: Go, Bhayani and Huang 2009 (letters repeated more than twice become two).

    >>> RepeatedLetters()("soooo coooool!!! 1000")
    'soo cool!!! 1000'
    """

    most: int = 2

    def __post_init__(self) -> None:
        if isinstance(self.most, bool) or not isinstance(self.most, int) or self.most < 1:
            raise InputError(f"RepeatedLetters.most is {self.most!r}, expected a whole number, 1 or more")

    def __call__(self, text: str) -> str:
        return re.sub(rf"([^\W\d_])\1{{{self.most},}}", lambda match: match[1] * self.most, text, flags=re.IGNORECASE)


@dataclass(frozen=True)
class Slang:
    """Abbreviations of chats become what they stand for, whatever their case.

    Args:
        lexicon: Name of a bundled list, see ``nlpref.text.slang``.

    Raises:
        InputError: if there is no such list.

    >>> Slang()("thx, IDK what u mean")
    "thanks, i don't know what you mean"
    """

    lexicon: str = "english-1"

    def __post_init__(self) -> None:
        lexicon(self.lexicon)

    def __call__(self, text: str) -> str:
        known = lexicon(self.lexicon)
        return _WORD.sub(lambda match: known.get(match[0].lower().replace("\u2019", "'"), match[0]), text)


@dataclass(frozen=True)
class Casing:
    """One case for all letters.

    Args:
        form: ``lower``, ``fold`` (Unicode case folding: ``ß`` is ``ss``) or ``upper``.

    Raises:
        InputError: if there is no such form.

    >>> Casing()("Straße"), Casing("fold")("Straße")
    ('straße', 'strasse')
    """

    form: Literal["lower", "fold", "upper"] = "lower"

    def __post_init__(self) -> None:
        _one_of("form", self.form, _CASES)

    def __call__(self, text: str) -> str:
        return _CASES[self.form](text)


def _one_of(name: str, given: str, known: Iterable[str]) -> None:
    if given not in (options := list(known)):
        raise InputError(f"{name} is {given!r}, expected one of {', '.join(options)}")
