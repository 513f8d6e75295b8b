"""The part of a document that a query is about, its matching words marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from nlpref.report.terms import Term, terms

__all__ = ["Fragment", "highlighted", "passage"]

_WORDS = 45
"""Words of a passage."""


@dataclass(frozen=True)
class Fragment:
    """A stretch of a text that matches a query, or does not."""

    text: str
    matches: bool = False


def passage(text: str, wanted: Collection[str], size: int = _WORDS) -> list[Fragment]:
    """The stretch of a text with the most different words of a query, and of several such the first.

    Args:
        text: Of the document.
        wanted: Roots of the query's words.
        size: Words of the stretch.

    Example:
        >>> [(one.text, one.matches) for one in passage("one two parcels three four", {"parcel"}, size=3)]
        [('… ', False), ('two ', False), ('parcels', True), (' three', False), (' …', False)]
    """
    found = terms(text)
    if len(found) <= size:
        return highlighted(text, wanted)
    start = _densest([term.root if term.root in wanted else "" for term in found], size)
    part = found[start : start + size]
    inside = text[part[0].word.start : part[-1].word.end]
    before = [Fragment("… ")] if start else []
    after = [Fragment(" …")] if start + size < len(found) else []
    return [*before, *_marked(inside, part, part[0].word.start, wanted), *after]


def highlighted(text: str, wanted: Collection[str]) -> list[Fragment]:
    """A whole text, cut where words of a query begin and end."""
    return _marked(text, terms(text), 0, wanted)


def _densest(matching: Sequence[str], size: int) -> int:
    """Where the window with the most different roots begins, with as much before its matches as behind them."""
    inside: Counter[str] = Counter(root for root in matching[:size] if root)
    best, place = len(inside), 0
    for start in range(1, len(matching) - size + 1):
        gone, come = matching[start - 1], matching[start + size - 1]
        if gone:
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
        if come:
            inside[come] += 1
        if len(inside) > best:
            best, place = len(inside), start
    if not best:
        return 0
    within = [row for row in range(place, place + size) if matching[row]]
    centred = (within[0] + within[-1] + 1 - size) // 2
    return max(0, min(centred, len(matching) - size))


def _marked(text: str, found: Sequence[Term], offset: int, wanted: Collection[str]) -> list[Fragment]:
    pieces: list[Fragment] = []
    done = 0
    for term in found:
        if term.root and term.root in wanted:
            start, end = term.word.start - offset, term.word.end - offset
            if start > done:
                pieces.append(Fragment(text[done:start]))
            pieces.append(Fragment(text[start:end], True))
            done = end
    return [*pieces, Fragment(text[done:])] if done < len(text) else pieces
