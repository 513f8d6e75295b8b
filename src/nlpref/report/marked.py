"""Sentences with their entities marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.types import Span

__all__ = ["Piece", "cut_out", "marked"]

_STRETCH = 30
"""Longer stretches without an entity are shortened to so many tokens."""
_AROUND = 10
"""Tokens to either side of what an example shows."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: plain if it has no label, else an entity, right or wrong."""

    text: str
    label: str = ""
    right: bool = True


def marked(tokens: Sequence[str], spans: Sequence[Span], others: Sequence[Span]) -> list[Piece]:
    """A sentence cut at the edges of ``spans``; a span is right if it is among the others too."""
    pieces: list[Piece] = []
    done = 0
    for span in spans:
        pieces += _plain(tokens[done : span.start])
        pieces.append(Piece(" ".join(map(str, tokens[span.start : span.end])), span.label, span in others))
        done = span.end
    return pieces + _plain(tokens[done:])


def cut_out(tokens: Sequence[str], span: Span, around: Sequence[Span] = (), right: bool = False) -> list[Piece]:
    """One entity with some words to either side.

    Args:
        tokens: Of the whole sentence.
        span: The entity.
        around: What else must lie within.
        right: Whether it is right.
    """
    start = max(0, min(one.start for one in (span, *around)) - _AROUND)
    end = min(len(tokens), max(one.end for one in (span, *around)) + _AROUND)
    before = " ".join([*(["…"] if start else []), *tokens[start : span.start]])
    after = " ".join([*tokens[span.end : end], *(["…"] if end < len(tokens) else [])])
    entity = Piece(" ".join(tokens[span.start : span.end]), span.label, right)
    return [*([Piece(before)] if before else []), entity, *([Piece(after)] if after else [])]


def _plain(tokens: Sequence[str]) -> list[Piece]:
    if len(tokens) > _STRETCH:
        tokens = [*tokens[: _STRETCH // 2], "…", *tokens[-(_STRETCH // 2) :]]
    return [Piece(" ".join(map(str, tokens)))] if tokens else []
