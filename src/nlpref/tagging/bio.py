"""Spans as BIO tags and back; ``nlpref.chain`` decodes.

In BIO, ``B-x`` opens a span of label ``x``, ``I-x`` continues it, ``O`` is outside.

Source: Ramshaw and Marcus 1995 (IOB), in the variant of Tjong Kim Sang and Veenstra 1999 (IOB2 = BIO).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlpref.errors import InputError
from nlpref.types import EITHER, Span, TaggedTokens

__all__ = ["from_bio", "readings", "span_labels", "tag_set", "to_bio"]

OUTSIDE = "O"


def span_labels(examples: Iterable[TaggedTokens]) -> tuple[str, ...]:
    """Sorted distinct labels of the spans of some examples."""
    found: set[str] = set()
    for example in examples:
        for span in example.spans:
            found.update(readings(span, example))
    return tuple(sorted(found))


def readings(span: Span, example: TaggedTokens) -> tuple[str, ...]:
    """The labels that a span may have: one, or several in a partially annotated sentence."""
    return tuple(span.label.split(EITHER)) if example.partial else (span.label,)


def tag_set(labels: Iterable[str]) -> tuple[str, ...]:
    """All BIO tags of some labels: ``O`` first, then ``B-`` and ``I-`` of each label in the order given."""
    return (OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def to_bio(spans: Iterable[Span], n_tokens: int) -> list[str]:
    """Write spans as one BIO tag for each token.

    Raises:
        InputError: if a span leaves the tokens or overlaps another.

    Example:
        >>> to_bio([Span(1, 3, "city")], 4)
        ['O', 'B-city', 'I-city', 'O']
    """
    tags = [OUTSIDE] * n_tokens
    for span in spans:
        if span.end > n_tokens:
            raise InputError(f"{span} leaves a sentence of {n_tokens} tokens")
        if any(tag != OUTSIDE for tag in tags[span.start : span.end]):
            raise InputError(f"{span} overlaps another span; BIO can only hold disjoint spans")
        tags[span.start : span.end] = [f"B-{span.label}"] + [f"I-{span.label}"] * (span.end - span.start - 1)
    return tags


def from_bio(tags: Sequence[str]) -> list[Span]:
    """Read spans from BIO tags; an ``I-x`` that continues nothing opens a span, as conlleval has it.

    Raises:
        InputError: if a tag is not ``O``, ``B-label`` or ``I-label``.

    Example:
        >>> from_bio(["O", "B-city", "I-city", "I-person"])
        [Span(start=1, end=3, label='city', score=1.0), Span(start=3, end=4, label='person', score=1.0)]
    """
    bounds: list[tuple[int, int, str]] = []
    for position, tag in enumerate(tags):
        prefix, label = _split(tag, position)
        if prefix == "I" and bounds and bounds[-1][1:] == (position, label):
            bounds[-1] = (bounds[-1][0], position + 1, label)
        elif prefix != OUTSIDE:
            bounds.append((position, position + 1, label))
    return [Span(start, end, label) for start, end, label in bounds]


def _split(tag: str, position: int) -> tuple[str, str]:
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, dash, label = tag.partition("-")
    if prefix not in ("B", "I") or not dash or not label:
        raise InputError(f"tag {position} is {tag!r}, expected 'O', 'B-label' or 'I-label'")
    return prefix, label
