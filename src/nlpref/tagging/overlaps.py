"""Spans of which no two share a token."""

from __future__ import annotations

from collections.abc import Iterable

from nlpref.types import Span

__all__ = ["first_come"]


def first_come(spans: Iterable[Span]) -> list[Span]:
    """Keep a span if no span before it shares a token with it.

    Args:
        spans: The preferred ones first.

    Returns:
        Those kept, sorted.

    Example:
        >>> [span.label for span in first_come([Span(1, 3, "city"), Span(2, 4, "person"), Span(0, 1, "person")])]
        ['person', 'city']
    """
    kept: list[Span] = []
    taken: set[int] = set()
    for span in spans:
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(span)
    return sorted(kept)
