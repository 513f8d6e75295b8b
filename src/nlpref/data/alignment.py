"""From spans counted in characters, or in tokens, to a sentence: what overlaps, cuts a token or leaves the text is told of."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from nlpref.data.faults import Faults, one_of
from nlpref.errors import InputError
from nlpref.text.tokenisers import SpacyTokeniser
from nlpref.text.words import Word
from nlpref.types import EITHER, Span, TaggedTokens

__all__ = ["Alignment", "Cut", "Given", "Overlaps", "disjoint", "places", "tokenise"]

Overlaps = Literal["error", "longest", "first"]
Cut = Literal["outward", "error"]


class Given(NamedTuple):
    """A span as a file has it, half-open, with the line and the field that it stands in."""

    start: int
    end: int
    label: str
    line: int
    field: str = ""


def tokenise(text: str, language: str = "en") -> list[Word]:
    """The tokens of spaCy's rules for a language, each with its range of characters; no white space is a token.

    Raises:
        InputError: if spaCy has no such language.

    Example:
        >>> [(word.text, word.start, word.end) for word in tokenise("I'm in  Rome.")]
        [('I', 0, 1), ("'m", 1, 3), ('in', 4, 6), ('Rome', 8, 12), ('.', 12, 13)]
    """
    return places(text, SpacyTokeniser(language)(text))


def places(text: str, tokens: Sequence[str]) -> list[Word]:
    """Tokens with their ranges in a text of which they leave out nothing but white space."""
    found, end = [], 0
    for token in tokens:
        start = text.index(token, end)
        end = start + len(token)
        found.append(Word(token, start, end))
    return found


def disjoint(spans: Sequence[Span], overlaps: Literal["longest", "first"]) -> tuple[Span, ...]:
    """Spans of which none overlaps another, sorted.

    Args:
        spans: Any.
        overlaps: ``longest``: of those that overlap the longest stays, of equals the first to begin, of these the first
            given; ``first``: the first to begin, of equals the longest, of these the first given.

    Example:
        >>> spans = [Span(0, 2, "city"), Span(1, 4, "group")]
        >>> [span.label for span in disjoint(spans, "longest")], [span.label for span in disjoint(spans, "first")]
        (['group'], ['city'])
    """

    def rank(span: Span) -> tuple[int, int]:
        return (span.start - span.end, span.start) if overlaps == "longest" else (span.start, -span.end)

    kept: list[Span] = []
    for span in sorted(spans, key=rank):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(sorted(kept))


class Alignment:
    """Makes sentences of one file's spans and notes what is wrong with them.

    Args:
        path: The file of the spans.
        faults: Where to note faults.
        overlaps: Of spans that overlap: ``error`` is a fault, ``longest`` and ``first`` as for ``disjoint``.
        cut: A span that begins or ends inside a token: ``outward`` takes the whole token, ``error`` is a fault.
        labels: The entity types that may occur; by default all may.

    ``counts`` has how many spans were given, dropped as overlapping, and moved outward.

    Raises:
        InputError: if a choice is none of these.
    """

    def __init__(
        self,
        path: Path,
        faults: Faults,
        overlaps: Overlaps = "error",
        cut: Cut = "outward",
        labels: Collection[str] | None = None,
    ) -> None:
        for name, value, known in (("overlaps", overlaps, ("error", "longest", "first")), ("cut", cut, ("outward", "error"))):
            if value not in known:
                raise InputError(f"{name}={value!r}: expected {one_of(known, str(value))}")
        self.path = path
        self.faults = faults
        self.overlaps = overlaps
        self.cut = cut
        self.labels = None if labels is None else frozenset(labels)
        self.counts: Counter[str] = Counter()

    def words(
        self, text: str, words: Sequence[Word], given: Sequence[Given], id: str, annotated: tuple[str, ...] | None = None
    ) -> TaggedTokens | None:
        """A sentence of words and spans counted in the characters of its text; None if there is a fault in it."""
        before = self.faults.total
        starts, ends = [word.start for word in words], [word.end for word in words]
        moved = [one for one in (self._on_tokens(text, words, starts, ends, span) for span in given) if one is not None]
        return self._sentence([word.text for word in words], moved, id, annotated, before)

    def tokens(
        self, tokens: Sequence[str], given: Sequence[Given], id: str, annotated: tuple[str, ...] | None = None
    ) -> TaggedTokens | None:
        """A sentence of tokens and spans counted in tokens; None if there is a fault in it."""
        before = self.faults.total
        fitting = [span for span in given if self.in_range(span, len(tokens), "tokens")]
        return self._sentence(tokens, fitting, id, annotated, before)

    def in_range(self, span: Given, length: int, unit: str) -> bool:
        """Whether a span holds something and lies within a length; a fault if not."""
        if 0 <= span.start < span.end <= length:
            return True
        expected = f"0 <= start < end <= {length}, the number of {unit}"
        self.faults.add(self.path, span.line, span.field, f"the span from {span.start} to {span.end}", expected)
        return False

    def _on_tokens(
        self, text: str, words: Sequence[Word], starts: Sequence[int], ends: Sequence[int], span: Given
    ) -> Given | None:
        if not self.in_range(span, len(text), "characters"):
            return None
        first, last = bisect_right(ends, span.start), bisect_left(starts, span.end)
        covered = f"{text[span.start : span.end]!r:.60}"
        if first >= last:
            self.faults.add(self.path, span.line, span.field, f"white space only, {covered}", "a span with a token in it")
            return None
        if words[first].start < span.start or words[last - 1].end > span.end:
            if self.cut == "error":
                near = [word.text for word in words[first:last]]
                expected = f"whole tokens, here {near!r:.80} (cut=outward would take them)"
                self.faults.add(self.path, span.line, span.field, f"{covered}, which cuts a token", expected)
                return None
            self.counts["moved"] += 1
        return span._replace(start=first, end=last)

    def _sentence(
        self, tokens: Sequence[str], given: Sequence[Given], id: str, annotated: tuple[str, ...] | None, before: int
    ) -> TaggedTokens | None:
        self.counts["spans"] += len(given)
        for span in given:
            self._check_label(span, annotated)
        spans = list(dict.fromkeys(Span(span.start, span.end, span.label) for span in given))
        self.counts["repeated"] += len(given) - len(spans)
        if self.overlaps == "error":
            self._check_overlaps(tokens, given)
        if self.faults.total > before:
            return None
        kept = disjoint(spans, "longest" if self.overlaps == "error" else self.overlaps)
        self.counts["dropped"] += len(spans) - len(kept)
        return TaggedTokens(tuple(tokens), kept, id, annotated)

    def _check_label(self, span: Given, annotated: tuple[str, ...] | None) -> None:
        for label in span.label.split(EITHER) if annotated is not None else [span.label]:
            if not label.strip():
                self.faults.add(self.path, span.line, span.field, f"the label {span.label!r}", "an entity type")
            elif self.labels is not None and label not in self.labels:
                found = f"the entity type {label!r}, which train lacks"
                self.faults.add(self.path, span.line, span.field, found, one_of(self.labels, label))

    def _check_overlaps(self, tokens: Sequence[str], given: Sequence[Given]) -> None:
        """Each span that overlaps one that begins before it; the same span twice is no overlap."""
        ordered = sorted({(span.start, span.end, span.label): span for span in reversed(given)}.values(), key=lambda s: s[:2])
        reach: Given | None = None
        for span in ordered:
            if reach is not None and span.start < reach.end:
                how = "lies inside" if span.end <= reach.end else "crosses"
                one, other = (" ".join(tokens[each.start : each.end])[:40] for each in (span, reach))
                found = f"the {span.label} {one!r}, which {how} the {reach.label} {other!r} of line {reach.line}"
                self.faults.add(self.path, span.line, span.field, found, "spans apart (overlaps=longest or first chooses)")
            if reach is None or span.end > reach.end:
                reach = span
