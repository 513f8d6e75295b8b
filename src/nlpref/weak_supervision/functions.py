"""Labelling functions that look at one text: each votes for its label, or abstains."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from nlpref.errors import InputError

__all__ = ["HeuristicFunction", "KeywordFunction", "LabellingFunction", "RegexFunction"]


@runtime_checkable
class LabellingFunction(Protocol):
    """Votes on texts: ``None`` where it abstains, else one of its labels."""

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it may vote for."""
        ...

    def vote(self, texts: Sequence[str]) -> Sequence[str | None]: ...


@dataclass(frozen=True)
class RegexFunction:
    """Votes for its label where a regular expression is found, whatever the case of the letters.

    Args:
        name: Of the function, for tables and messages.
        pattern: A regular expression of Python's ``re``; ``.`` also matches the end of a line.
        label: What it votes for.

    Raises:
        InputError: at the first vote, if the pattern is no regular expression.

    Example:
        >>> RegexFunction("link", r"https?://", "spam").vote(["see http://a.b", "nice"])
        ['spam', None]
    """

    name: str
    pattern: str
    label: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label."""
        return (self.label,)

    def vote(self, texts: Sequence[str]) -> list[str | None]:
        """The label where the pattern is found, else None."""
        return [self.label if self._compiled.search(text) else None for text in texts]

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        try:
            return re.compile(self.pattern, re.IGNORECASE | re.DOTALL)
        except re.error as error:
            raise InputError(
                f"labelling function {self.name!r}: {self.pattern!r} is not a regular expression ({error}); "
                "put a backslash before a sign that is meant as it is"
            ) from None


@dataclass(frozen=True)
class KeywordFunction:
    """Votes for its label where one of some words or phrases stands, as whole words, whatever the case of the letters.

    Args:
        name: Of the function, for tables and messages.
        keywords: The words or phrases.
        label: What it votes for.

    Raises:
        InputError: at the first vote, if there is no keyword, or one is empty.

    Example:
        >>> KeywordFunction("praise", ["love", "so good"], "ham").vote(["LOVE it", "a glove", "it is so  good"])
        ['ham', None, 'ham']
    """

    name: str
    keywords: Sequence[str]
    label: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label."""
        return (self.label,)

    def vote(self, texts: Sequence[str]) -> list[str | None]:
        """The label where a keyword stands, else None."""
        return [self.label if self._compiled.search(text) else None for text in texts]

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        given: Any = self.keywords
        if isinstance(given, str) or not given or not all(isinstance(word, str) and word.strip() for word in given):
            raise InputError(f"labelling function {self.name!r} needs a list of keywords, none of them empty, got {given!r:.80}")
        phrases = [r"\s+".join(map(re.escape, word.split())) for word in given]
        # not \b, which would let no keyword end in a sign, such as "c++" or a heart
        return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class HeuristicFunction:
    """Votes for its label where a function of the user's own is true of the text.

    The function is named by its import path, so that a classifier that is saved with it can be read again; it is imported
    when it first votes, never when something is loaded.

    Args:
        name: Of the function, for tables and messages.
        function: Import path of a function that takes a text and says yes or no, such as ``my_rules.is_shouted``.
        label: What it votes for.

    Raises:
        InputError: at the first vote, if there is no such function.

    Example:
        >>> HeuristicFunction("capitals", "builtins.str.isupper", "spam").vote(["BUY NOW", "nice"])
        ['spam', None]
    """

    name: str
    function: str
    label: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label."""
        return (self.label,)

    def vote(self, texts: Sequence[str]) -> list[str | None]:
        """The label where the function is true, else None."""
        return [self.label if self._called(text) else None for text in texts]

    @cached_property
    def _called(self) -> Callable[[str], Any]:
        parts = self.function.split(".") if isinstance(self.function, str) else []
        for end in range(len(parts) - 1, 0, -1):
            try:
                found: Any = import_module(".".join(parts[:end]))
                for part in parts[end:]:
                    found = getattr(found, part)
            except (ImportError, AttributeError):
                continue
            if callable(found):
                return found  # type: ignore[no-any-return]
        raise InputError(
            f"labelling function {self.name!r}: {self.function!r} is not the import path of a function; "
            "expected one such as 'my_rules.is_shouted', in a module that Python finds"
        )
