"""The passage of a document that answers a query best, with the words that match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.retrieval.terms import WORD, terms_of

__all__ = ["Snippet", "snippet"]


@dataclass(frozen=True)
class Snippet:
    """A passage.

    Args:
        text: As it is in the document.
        start: Where it starts there.
        highlights: Where matching words start and end in ``text``; sorted and disjoint.
    """

    text: str
    start: int
    highlights: tuple[tuple[int, int], ...]

    def marked(self, before: str = "**", after: str = "**") -> str:
        """The text with marks around the matching words."""
        made, at = [], 0
        for start, end in self.highlights:
            made += [self.text[at:start], before, self.text[start:end], after]
            at = end
        return "".join([*made, self.text[at:]])


def snippet(text: str, query: str, stemmer: str | None, stopwords: str | None, words: int = 30) -> Snippet:
    """The window of so many words that holds most different terms of the query, and of these the one with most matches.

    Args:
        text: Of the document.
        query: What was asked.
        stemmer: As the words were counted.
        stopwords: As the words were counted.
        words: Longest window.

    Example:
        >>> snippet("The courier rang. Your parcels came late.", "late parcel", "english", "en", words=3).marked()
        '**parcels** came **late**'
    """
    [wanted] = terms_of([query], stemmer, stopwords)
    places = [match.span() for match in WORD.finditer(text)]
    if not places:
        return Snippet(text[:200], 0, ())
    terms = _each_term([text[start:end] for start, end in places], stemmer, stopwords)
    matching = [place for place, term in enumerate(terms) if term in set(wanted)]
    first = _best_window(matching, terms, words)
    last = min(first + words, len(places)) - 1
    start, end = places[first][0], places[last][1]
    inside = tuple((places[at][0] - start, places[at][1] - start) for at in matching if first <= at <= last)
    return Snippet(text[start:end], start, inside)


def _best_window(matching: Sequence[int], terms: Sequence[str], words: int) -> int:
    """First word of the best window; it starts with a match, or at the beginning where none matches or all fits."""
    if not matching or matching[-1] < words:
        return 0
    best, first, tail = (0, 0), 0, 0
    held: dict[str, int] = {}
    for head in range(len(matching)):
        held[terms[matching[head]]] = held.get(terms[matching[head]], 0) + 1
        while matching[head] - matching[tail] >= words:
            term = terms[matching[tail]]
            held[term] -= 1
            if not held[term]:
                del held[term]
            tail += 1
        if (len(held), head - tail) > best:
            best, first = (len(held), head - tail), matching[tail]
    return first


def _each_term(words: Sequence[str], stemmer: str | None, stopwords: str | None) -> list[str]:
    """The term of each word; empty for a stop word."""
    distinct = list(dict.fromkeys(words))
    found = terms_of(distinct, stemmer, stopwords)
    known = {word: terms[0] if terms else "" for word, terms in zip(distinct, found, strict=True)}
    return [known[word] for word in words]
