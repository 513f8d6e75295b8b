"""A few labels that may be looked at: drawn at random, as many of each as can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlpref.errors import InputError
from nlpref.types import LabelledText
from nlpref.weak_supervision.label_model import Known
from nlpref.weak_supervision.votes import ABSTAIN

__all__ = ["draw_gold"]


def draw_gold(examples: Sequence[LabelledText], labels: Sequence[str], count: int, seed: int) -> Known:
    """Look at the labels of some examples, and at no other.

    Labels take turns, so that their numbers differ by one at most while there are examples left of each.

    Args:
        examples: Those whose label is none of ``labels`` cannot be drawn.
        labels: Which there are.
        count: How many to draw.
        seed: Fixes the draw.

    Returns:
        Position of the label of each that was drawn, ``ABSTAIN`` for the others, (n_examples,).

    Raises:
        InputError: if fewer examples are labelled than are to be drawn.

    Example:
        >>> few = [LabelledText(str(n), "ab"[n % 2]) for n in range(6)]
        >>> draw_gold(few, ["a", "b"], 2, seed=0).tolist()
        [-1, -1, -1, -1, 0, 1]
    """
    known = np.full(len(examples), ABSTAIN)
    generator = np.random.default_rng(seed)
    waiting = [
        generator.permutation([row for row, example in enumerate(examples) if example.label == label]).tolist()
        for label in labels
    ]
    if count > (given := sum(map(len, waiting))):
        raise InputError(f"{count} gold labels are to be drawn, and {given} of the {len(examples)} examples are labelled")
    turns = sorted((turn, code, row) for code, rows in enumerate(waiting) for turn, row in enumerate(rows))
    for _, code, row in turns[:count]:
        known[row] = code
    return known
