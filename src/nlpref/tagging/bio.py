"""Spans as BIO tags and back, and decoding that keeps to the tags' grammar.

In BIO, ``B-x`` opens a span of label ``x``, ``I-x`` continues it, ``O`` is outside.

Source: Ramshaw and Marcus 1995 (IOB), in the variant of Tjong Kim Sang and Veenstra 1999 (IOB2 = BIO).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.types import EITHER, Span, TaggedTokens

__all__ = ["from_bio", "legal_starts", "legal_transitions", "readings", "span_labels", "tag_set", "to_bio", "viterbi"]

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


def from_bio(tags: Sequence[str], scores: Sequence[float] | NDArray[np.floating] | None = None) -> list[Span]:
    """Read spans from BIO tags; an ``I-x`` that continues nothing opens a span, as conlleval has it.

    Args:
        tags: One tag for each token.
        scores: Probability of each token's tag; a span's score is their mean. Without them it is 1.

    Raises:
        InputError: if a tag is not ``O``, ``B-label`` or ``I-label``, or the scores are not one for each tag.

    Example:
        >>> from_bio(["O", "B-city", "I-city", "I-person"])
        [Span(start=1, end=3, label='city', score=1.0), Span(start=3, end=4, label='person', score=1.0)]
    """
    if scores is not None and len(scores) != len(tags):
        raise InputError(f"got {len(scores)} scores for {len(tags)} tags; expected one for each")
    bounds: list[tuple[int, int, str]] = []
    for position, tag in enumerate(tags):
        prefix, label = _split(tag, position)
        if prefix == "I" and bounds and bounds[-1][1:] == (position, label):
            bounds[-1] = (bounds[-1][0], position + 1, label)
        elif prefix != OUTSIDE:
            bounds.append((position, position + 1, label))
    if scores is None:
        return [Span(start, end, label) for start, end, label in bounds]
    return [Span(start, end, label, float(np.clip(np.mean(scores[start:end]), 0, 1))) for start, end, label in bounds]


def legal_transitions(tags: Sequence[str]) -> NDArray[np.bool_]:
    """Which tag may follow which: ``I-x`` only after ``B-x`` or ``I-x``.

    Returns:
        bool, (n_tags, n_tags); row is the tag before, column the tag after.
    """
    parts = [_split(tag, position) for position, tag in enumerate(tags)]
    rows = [[after[0] != "I" or (before[0] != OUTSIDE and before[1] == after[1]) for after in parts] for before in parts]
    return np.array(rows, dtype=bool).reshape(len(tags), len(tags))


def legal_starts(tags: Sequence[str]) -> NDArray[np.bool_]:
    """Which tag may stand first: all but ``I-``. Returns bool, (n_tags,)."""
    return np.array([_split(tag, position)[0] != "I" for position, tag in enumerate(tags)], dtype=bool)


def viterbi(
    log_scores: NDArray[np.floating], allowed_transitions: NDArray[np.bool_], start: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The best sequence of tags that breaks no rule, by dynamic programming.

    Args:
        log_scores: Log-probability of each tag for each token, (n_tokens, n_tags), finite.
        allowed_transitions: Row is the tag before, column the tag after, (n_tags, n_tags).
        start: Which tags may stand first, (n_tags,).

    Returns:
        Tag ids, int64, (n_tokens,).

    Source: Viterbi 1967, with transition scores 0 (allowed) and minus infinity (not).
    """
    n_tokens = len(log_scores)
    if n_tokens == 0:
        return np.zeros(0, dtype=np.int64)
    barrier = np.where(allowed_transitions, 0.0, -np.inf)
    came_from = np.zeros(log_scores.shape, dtype=np.int64)
    best = np.where(start, log_scores[0], -np.inf).astype(np.float64)
    for position in range(1, n_tokens):
        reached = best[:, None] + barrier
        came_from[position] = reached.argmax(0)
        best = reached.max(0) + log_scores[position]
    path = np.zeros(n_tokens, dtype=np.int64)
    path[-1] = best.argmax()
    for position in range(n_tokens - 1, 0, -1):
        path[position - 1] = came_from[position, path[position]]
    return path


def _split(tag: str, position: int) -> tuple[str, str]:
    if tag == OUTSIDE:
        return OUTSIDE, ""
    prefix, dash, label = tag.partition("-")
    if prefix not in ("B", "I") or not dash or not label:
        raise InputError(f"tag {position} is {tag!r}, expected 'O', 'B-label' or 'I-label'")
    return prefix, label
