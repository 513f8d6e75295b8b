"""Which tags each token of a training sentence may have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.tagging.bio import readings
from nlpref.types import TaggedTokens

__all__ = ["allowed_tags", "cut"]


def allowed_tags(example: TaggedTokens, labels: Sequence[str]) -> NDArray[np.bool_]:
    """One tag for each token; several where the sentence is partially annotated and the tag is unknown.

    Args:
        example: The sentence.
        labels: All entity types that are learned.

    Returns:
        bool, (n_tokens, 1 + 2 * n_labels), columns as in ``nlpref.chain``.

    Example:
        >>> from nlpref.types import Span
        >>> allowed_tags(TaggedTokens(("in", "Rome"), (Span(1, 2, "city"),)), ["city"]).astype(int).tolist()
        [[1, 0, 0], [0, 1, 0]]
        >>> allowed_tags(TaggedTokens(("in", "Rome"), (), "", ("person",)), ["city", "person"]).astype(int).tolist()
        [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0]]
    """
    begin = {label: 1 + 2 * number for number, label in enumerate(labels)}
    unknown = [] if example.annotated is None else [begin[label] for label in labels if label not in example.annotated]
    allowed = np.zeros((len(example.tokens), 1 + 2 * len(labels)), dtype=bool)
    allowed[:, [0, *unknown, *(column + 1 for column in unknown)]] = True
    for span in example.spans:
        allowed[span.start : span.end] = False
        for label in readings(span, example):
            allowed[span.start, begin[label]] = True
            allowed[span.start + 1 : span.end, begin[label] + 1] = True
    return allowed


def cut(allowed: NDArray[np.bool_], start: int, end: int) -> NDArray[np.bool_]:
    """The tokens ``[start, end)`` as a sentence of their own; an entity that goes on there may begin there."""
    part = allowed[start:end].copy()
    if start:
        part[0, 1::2] |= part[0, 2::2]
        part[0, 2::2] = False
    return part
