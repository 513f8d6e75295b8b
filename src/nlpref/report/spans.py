"""How a predicted span fails: a wrong edge, a wrong type, out of nothing, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlpref.types import Span

__all__ = ["KINDS", "SpanError", "pair_errors", "span_errors"]

KINDS = ("boundary", "type", "boundary and type", "spurious", "missed")
"""Kinds of errors, in the order of the page."""


@dataclass(frozen=True)
class SpanError:
    """An error: its kind, the gold span, None if it is spurious, and the predicted one, None if it is missed."""

    kind: str
    gold: Span | None
    predicted: Span | None


def span_errors(gold: Sequence[Span], predicted: Sequence[Span]) -> list[str]:
    """The kind of each error in one sentence, as ``pair_errors`` finds them.

    Example:
        >>> span_errors([Span(0, 2, "PERSON"), Span(5, 6, "DATE")], [Span(0, 1, "PERSON")])
        ['boundary', 'missed']
    """
    return [error.kind for error in pair_errors(gold, predicted)]


def pair_errors(gold: Sequence[Span], predicted: Sequence[Span]) -> list[SpanError]:
    """The errors in one sentence.

    Right spans are set aside. The rest is paired one to one, the closest first: same range (``type``), overlap with the
    same label (``boundary``), overlap (``boundary and type``). A predicted span left over is ``spurious``, a gold one
    ``missed``.
    """
    right = set(gold) & set(predicted)
    wanted = [span for span in gold if span not in right]
    found = [span for span in predicted if span not in right]
    errors: list[SpanError] = []
    for _, _, kind, a, b in sorted(_pairs(wanted, found)):
        if a in wanted and b in found:
            wanted.remove(a)
            found.remove(b)
            errors.append(SpanError(kind, a, b))
    return errors + [SpanError("spurious", None, span) for span in found] + [SpanError("missed", span, None) for span in wanted]


def _pairs(gold: Sequence[Span], predicted: Sequence[Span]) -> Iterator[tuple[int, int, str, Span, Span]]:
    """Overlapping pairs with their rank: (closeness, minus tokens in common, kind, gold, predicted)."""
    for a in gold:
        for b in predicted:
            common = min(a.end, b.end) - max(a.start, b.start)
            if common <= 0:
                continue
            if (a.start, a.end) == (b.start, b.end):
                yield 0, -common, "type", a, b
            elif a.label == b.label:
                yield 1, -common, "boundary", a, b
            else:
                yield 2, -common, "boundary and type", a, b
