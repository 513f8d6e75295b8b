"""Where a document may be cut, so that each part is read alone and memory stays flat.

Every decision looks at the text from the beginning of its sentence up to a fixed distance behind it. So a sentence is cut
alike alone and in a document, a document alike as one string and in blocks, and time grows with the length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from nlpref.errors import InputError
from nlpref.text.checks import check_text

__all__ = ["Sentence", "SentenceSplitter", "Unit"]

Unit = Literal["sentence", "paragraph", "text"]

GAP = 1000
"""White space longer than this parts paragraphs, whatever it is made of."""
_LOOK_BACK = 40
_SOLID = re.compile(r"\S")
_CLOSERS = "\"'\u201d\u2019\xbb)]}\u300d\u300f\uff09"
_OPENERS = "\"'\u201c\u2018\xab([{"
_WIDE = "\u3002\uff01\uff1f\uff61"  # after these, no space follows
_TERMINATORS = ".!?\u2026\u203d\u061f\u06d4\u0964\u0965"
_EDGE = re.compile(rf"\s+|[{_WIDE}]+[{re.escape(_CLOSERS)}]*")
_SPACE = re.compile(r"\s+")
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x1c-\x1e\x85\u2028]")
_PARAGRAPH_END = re.compile(r"[\x0c\u2029]")
_LETTERS_WITH_DOTS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_ABBREVIATIONS = (
    "mr mrs ms mx dr prof st sr jr rev hon capt col gen lt sgt messrs vs etc approx appt dept inc ltd co corp bros jan feb apr "
    "jul aug sep sept oct nov dec tue tues wed thu thur thurs fri pp ave rd blvd sq mt ft cf ca resp bzw usw"
)
_BEFORE_NUMBERS = "no nos nr ref tel ext fig figs vol est str mon sat sun mar jun"
_ABBREVIATED = frozenset(_ABBREVIATIONS.split())
_ABBREVIATED_BEFORE_NUMBERS = frozenset(_BEFORE_NUMBERS.split())
"""Abbreviations where a digit follows, and words that may end a sentence elsewhere."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A part of a document that is read alone: its first character, and its text without white space around it."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The character behind its last one."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class SentenceSplitter:
    r"""Cuts documents at the ends of sentences or paragraphs, by local rules.

    A blank line, a page break or a long run of white space always cuts. An end of sentence is a terminator and white space
    (none after Chinese and Japanese ones) before anything but a small letter, unless an abbreviation or an initial stands there.
    What is unclear is not cut: two sentences read as one do less harm than an entity cut in two.

    Args:
        unit: ``sentence``; ``paragraph`` cuts only where every text is cut; ``text`` cuts only what is too long.
        longest: Characters of a part, at most. What is longer is cut at its last white space, or without any in it right there.

    Raises:
        InputError: if there is no such unit, or ``longest`` is below one.

    >>> splitter = SentenceSplitter()
    >>> [sentence.text for sentence in splitter("Dr. Lee paid £5.50. Why? No idea!\n\nbye")]
    ['Dr. Lee paid £5.50.', 'Why?', 'No idea!', 'bye']
    >>> [(sentence.start, sentence.text) for sentence in splitter.stream(["Hi. I", " am Al", "."])]
    [(0, 'Hi.'), (4, 'I am Al.')]
    """

    unit: Unit = "sentence"
    longest: int = 10_000

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit):
            raise InputError(f"unit is {self.unit!r}, expected one of {', '.join(get_args(Unit))}")
        if isinstance(self.longest, bool) or not isinstance(self.longest, int) or self.longest < 1:
            raise InputError(f"longest is {self.longest!r}, expected a whole number of characters, 1 or more")

    def __call__(self, text: str) -> list[Sentence]:
        return list(self.stream([text]))

    def stream(self, blocks: Iterable[str]) -> Iterator[Sentence]:
        """The sentences of a document that comes in blocks of any size; never holds much more than a block.

        Raises:
            InputError: if a block is no string, or holds half of a surrogate pair.
        """
        held, base = "", 0
        for block in self._gathered(blocks):
            held += block
            position = 0
            for start, end in self._bounds(held, final=False):
                yield Sentence(base + start, held[start:end])
                position = end
            held, base = held[position:], base + position
            if held.isspace():  # behind a sentence that has ended, it parts nothing any more
                held, base = "", base + len(held)
        for start, end in self._bounds(held, final=True):
            yield Sentence(base + start, held[start:end])

    def _gathered(self, blocks: Iterable[str]) -> Iterator[str]:
        """Blocks large enough, or a document of many small ones would be looked at over and over."""
        waiting: list[str] = []
        size = 0
        for block in blocks:
            waiting.append(check_text(block, "a block of the document"))
            size += len(block)
            if size >= self._sight:
                yield "".join(waiting)
                waiting, size = [], 0
        yield "".join(waiting)

    @property
    def _sight(self) -> int:
        """Characters from the beginning of a sentence on that decide where it ends."""
        return self.longest + GAP + 2

    def _bounds(self, text: str, *, final: bool) -> Iterator[tuple[int, int]]:
        """Sentences whose end is certain; all of them if the text is the last of its document."""
        first = _SOLID.search(text)
        while first is not None and (final or first.start() + self._sight <= len(text)):
            end = self._end(text, first.start())
            yield first.start(), end
            first = _SOLID.search(text, end)

    def _end(self, text: str, start: int) -> int:
        limit, last = start + self.longest, start
        edges = _EDGE if self.unit == "sentence" else _SPACE
        for edge in edges.finditer(text, start, limit + GAP + 1):
            if edge.start() > limit:
                break
            if not edge[0].isspace():
                if edge.end() > limit:
                    break
                return edge.end()
            if edge.end() == len(text) or self._parts(text, start, edge):
                return edge.start()
            last = edge.start()
        if len(text) <= limit:
            return len(text)
        return last if last > start else limit

    def _parts(self, text: str, start: int, gap: re.Match[str]) -> bool:
        """Whether white space parts two sentences."""
        if self.unit == "text":
            return False
        space = gap[0]
        if len(space) > GAP or _PARAGRAPH_END.search(space) or len(_LINE_END.findall(space)) > 1:
            return True
        if self.unit == "paragraph" or text[gap.end()].islower():
            return False
        before = text[max(start, gap.start() - _LOOK_BACK) : gap.start()].rstrip(_CLOSERS)
        if not before or before[-1] not in _TERMINATORS:
            return False
        return not (before[-1] == "." and _is_abbreviated(before[:-1], text[gap.end()], gap.start() - start))


def _is_abbreviated(before: str, follows: str, length: int) -> bool:
    """Whether a full stop belongs to the word before it.

    Args:
        before: What stands before the full stop.
        follows: The first character after the space.
        length: Characters of the sentence so far.
    """
    words, lines = before.split(), before.splitlines()
    word = words[-1].lstrip(_OPENERS) if words else ""
    if word.isdecimal():  # perhaps the number of an item in a list
        return lines[-1].strip() == word and (len(lines) > 1 or length <= len(word) + 1)
    if word != "I" and _LETTERS_WITH_DOTS.fullmatch(word):
        return True
    lowered = word.casefold()
    return lowered in _ABBREVIATED or (lowered in _ABBREVIATED_BEFORE_NUMBERS and follows.isdecimal())
