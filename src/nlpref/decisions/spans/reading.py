"""What a tagger says of a sentence: the spans it finds, and where it shows them the candidates that it left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from nlpref.chain import Chain
from nlpref.protocols import ChainTagger
from nlpref.types import Span

__all__ = ["FLOOR", "Reader", "Reading", "overlap", "read", "scores_of"]

FLOOR = 0.01
"""Candidates below this probability are not looked at."""


@dataclass(frozen=True)
class Reading:
    """One sentence as a tagger reads it.

    Args:
        size: Number of tokens.
        found: The spans it gives, each with its score.
        chain: Its chain of tags; None if it shows none.
        left: Candidates that it did not take, each with its score; empty if they were not asked for.
    """

    size: int
    found: tuple[Span, ...]
    chain: Chain | None = None
    left: tuple[Span, ...] = ()

    def scored(self, spans: Iterable[Span]) -> list[Span]:
        """The same spans, each with its probability; without a chain that of the span found just there, else 0."""
        if self.chain is None:
            known = {span: span.score for span in self.found}
            return [Span(one.start, one.end, one.label, known.get(one, 0.0)) for one in spans]
        known_labels, chain = self.chain.steps.labels, self.chain
        return [
            chain.scored([one])[0] if one.label in known_labels else Span(one.start, one.end, one.label, 0.0) for one in spans
        ]

    def candidates(self, floor: float = FLOOR) -> list[Span]:
        """All spans of at least this probability, the most probable first; without a chain those found."""
        if self.chain is not None:
            return self.chain.candidates(floor)
        return sorted((span for span in self.found if span.score >= floor), key=lambda span: (-span.score, span))


@runtime_checkable
class Reader(Protocol):
    """A tagger around another one, which reads by what it has learnt about it."""

    def read(self, sentences: Sequence[Sequence[str]], floor: float | None = None) -> list[Reading]: ...


def read(tagger: Any, sentences: Sequence[Sequence[str]], floor: float | None = None) -> list[Reading]:
    """What a fitted tagger says of some sentences, one reading for each.

    Args:
        tagger: Any ``TokenTagger``.
        sentences: Lists of tokens.
        floor: Least probability of the candidates that were left; None asks for none.
    """
    if isinstance(tagger, Reader):
        return tagger.read(sentences, floor)
    if not isinstance(tagger, ChainTagger):
        found = tagger.predict(sentences)
        return [Reading(len(tokens), tuple(spans)) for tokens, spans in zip(sentences, found, strict=True)]
    chains, made = tagger.chains(sentences), []
    for chain, taken in zip(chains, tagger.decode(chains), strict=True):
        left = () if floor is None else tuple(span for span in chain.candidates(floor) if span not in taken)
        made.append(Reading(len(chain), tuple(taken), chain, left))
    return made


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a token."""
    return one.start < other.end and other.start < one.end


def scores_of(spans: Iterable[Span]) -> NDArray[np.float64]:
    """Scores of spans, (n_spans,)."""
    return np.array([span.score for span in spans], dtype=np.float64)
