"""Handles that a corpus has split and marked as names, as other corpora of tweets have them: one token, no entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlpref.types import Span, TaggedTokens

__all__ = ["join_handles"]


def join_handles(examples: Sequence[TaggedTokens]) -> list[TaggedTokens]:
    """Sentences in which ``@`` and the token behind it are one token, and no entity has a handle in it.

    An ``@`` before white space, as in "@ the pub", cannot be told from one before a handle, so only one that is an entity,
    or whose next token is, is joined; either of them may be marked, or both, as one entity or as two.

    Example:
        >>> tweet = TaggedTokens(("@", "ann", "in", "Rome"), (Span(0, 1, "PER"), Span(1, 2, "PER"), Span(3, 4, "LOC")))
        >>> joined = join_handles([tweet])[0]
        >>> joined.tokens, [(span.start, span.end) for span in joined.spans]
        (('@ann', 'in', 'Rome'), [(2, 3)])
    """
    return [_joined(example) for example in examples]


def _joined(example: TaggedTokens) -> TaggedTokens:
    marked = {place for span in example.spans for place in range(span.start, span.end)}
    tokens: list[str] = []
    place_of: list[int] = []
    handles: set[int] = set()
    at = False
    for place, token in enumerate(example.tokens):
        if at:
            tokens[-1] += token
            handles.update((place - 1, place))
            at = False
        else:
            tokens.append(token)
            at = token == "@" and place + 1 < len(example.tokens) and bool(marked & {place, place + 1})
        place_of.append(len(tokens) - 1)
    if not handles:
        return example
    spans = [
        Span(place_of[span.start], place_of[span.end - 1] + 1, span.label, span.score)
        for span in example.spans
        if handles.isdisjoint(range(span.start, span.end))
    ]
    return replace(example, tokens=tuple(tokens), spans=tuple(spans))
