"""Segments: a text in pieces, each a (string, entity label or None), so that spans stay exact while it is worked on."""

from __future__ import annotations

import re
from collections.abc import Iterable

Segment = tuple[str, str | None]
Spans = tuple[tuple[int, int, str], ...]


def merged(segments: Iterable[Segment]) -> list[Segment]:
    """Neighbours without a label become one, empty ones go."""
    result: list[Segment] = []
    for text, label in segments:
        if result and label is None and result[-1][1] is None:
            result[-1] = (result[-1][0] + text, None)
        elif text:
            result.append((text, label))
    return result


def joined(segments: Iterable[Segment]) -> tuple[str, Spans]:
    """The text, trimmed, and its spans (start, end, label) in characters, the end exclusive."""
    text, entities = "", []
    for piece, label in merged(segments):
        if label:
            entities.append((len(text), len(text) + len(piece), label))
        text += piece
    start = len(text) - len(text.lstrip())
    return text.strip(), tuple((first - start, last - start, label) for first, last, label in entities)


def stopped(segments: list[Segment]) -> list[Segment]:
    """With a mark at its end, so that another sentence can follow."""
    text = segments[-1][0]
    return segments if re.search(r"[.?!…)]\s*$|[\U0001F300-\U0001FAFF☕💔🙃]\s*$", text) else [*segments, (".", None)]


def softened(segments: list[Segment]) -> list[Segment]:
    """Going on in small letters after a comma."""
    text, label = segments[0]
    if label or not re.match(r"[A-Z][a-z]* ?", text) or re.match(r"I\b|[A-Z]{2}|Wrenfield|Parcelway", text):
        return segments
    return [(text[0].lower() + text[1:], label), *segments[1:]]
