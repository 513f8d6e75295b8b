"""Frozen values that pass between components. Batch order is always the caller's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nlpref.errors import InputError

__all__ = ["EITHER", "UNLABELLED", "Decision", "Document", "Hit", "JudgedQuery", "LabelledText", "Span", "TaggedTokens"]

UNLABELLED = ""
"""Label of a training text whose label nobody knows."""
EITHER = "|"
"""Between the labels that an entity of a partially annotated sentence may have."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with its one label. ``facts`` holds what else is known, such as a channel or a date."""

    text: str
    label: str
    id: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range ``[start, end)`` with a label; ``score`` in [0, 1], higher is surer.

    Raises:
        InputError: if the range is empty or negative.
    """

    start: int
    end: int
    label: str
    score: float = field(default=1.0, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InputError(f"Span needs 0 <= start < end, got start={self.start}, end={self.end}, label={self.label!r}")


@dataclass(frozen=True, slots=True)
class TaggedTokens:
    """A tokenised text with entity spans counted in tokens: sorted, disjoint, in range.

    Args:
        tokens: The text.
        spans: Its entities.
        id: Its name.
        annotated: The entity types that were looked for; None for all. Of other types nothing is known, so that a token
            outside all spans may be one of theirs, and a span labelled ``a|b`` is of one of these types.

    Raises:
        InputError: if a span leaves the tokens, or overlaps or precedes the one before it.
    """

    tokens: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    id: str = ""
    annotated: tuple[str, ...] | None = None

    @property
    def partial(self) -> bool:
        """Whether something about its entities is unknown."""
        return self.annotated is not None

    def __post_init__(self) -> None:
        end = 0
        for span in self.spans:
            if span.start < end or span.end > len(self.tokens):
                raise InputError(f"spans must be sorted, disjoint and within {len(self.tokens)} tokens, got {list(self.spans)}")
            end = span.end


@dataclass(frozen=True, slots=True)
class Document:
    """A document to be found. ``facts`` holds what else is known, such as a language or a year, to filter by."""

    id: str
    text: str
    title: str = ""
    facts: Mapping[str, str | int | float] = field(default_factory=dict, compare=False)

    @property
    def content(self) -> str:
        """Title and text as one string, the way every retriever reads a document."""
        return f"{self.title} {self.text}".strip() if self.title else self.text


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with graded relevance judgements ``{document id: grade}``; grades above 0 are relevant."""

    id: str
    text: str
    relevance: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result; a higher score is a better match."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with one text, and why.

    Args:
        label: The label that it is given; None if none is.
        action: What is done: for instance "answer", "person", or the name of a label.
        confidence: Probability of the label, or of the most probable one if none is given, in [0, 1].
        reason: In words, for those who ask.

    Raises:
        InputError: if the confidence is no probability.
    """

    label: str | None
    action: str
    confidence: float
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise InputError(f"the confidence of a decision must lie between 0 and 1, got {self.confidence!r}")


def labels_of(examples: Sequence[LabelledText]) -> tuple[str, ...]:
    """Sorted distinct labels."""
    return tuple(sorted({example.label for example in examples}))
