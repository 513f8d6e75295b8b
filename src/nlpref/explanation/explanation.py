"""Why a classifier gave a label to a text: a score for each word."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.text.words import Word, split_words

__all__ = ["Explanation", "word_scores", "words_to_explain"]


@dataclass(frozen=True)
class Explanation:
    """Scores of the words of one text; a higher score speaks more for the label.

    Args:
        text: The text that the words are of, as the model reads it.
        words: Its words, in order.
        scores: One for each word, in ``unit``.
        label: What is explained.
        method: How the scores were found.
        unit: What they are counted in.
        total: What the model says about the whole text, in ``unit``; None if the method does not tell.
        base: What it says where there are no words, in ``unit``; None if the scores do not add up to a difference.
        parts: What the scores of words are sums of, such as n-grams or sub-words, and the score of each.
        cut: Whether the model reads only the beginning of the text, so that its last words count for nothing.

    Raises:
        InputError: if words and scores do not fit each other, or a score is not finite.

    Example:
        >>> from nlpref.text.words import split_words
        >>> found = Explanation("lost card", tuple(split_words("lost card")), (2.0, 1.5), "card", "linear", "logit", 3.0, -0.5)
        >>> found.ranking, found.gap, found.without([0])
        ((0, 1), 0.0, 'card')
    """

    text: str
    words: tuple[Word, ...]
    scores: tuple[float, ...]
    label: str
    method: str
    unit: str
    total: float | None = None
    base: float | None = None
    parts: tuple[tuple[str, float], ...] = ()
    cut: bool = False

    def __post_init__(self) -> None:
        if len(self.words) != len(self.scores) or not all(math.isfinite(score) for score in self.scores):
            raise InputError(f"an explanation needs a finite score for each word, got {len(self.words)} words and {self.scores}")

    @property
    def ranking(self) -> tuple[int, ...]:
        """Positions of the words, those first that speak most for the label; of equal ones, the first in the text."""
        return tuple(sorted(range(len(self.scores)), key=lambda position: -self.scores[position]))

    @property
    def gap(self) -> float | None:
        """How far base and scores together are from what the model says; None where they need not add up."""
        return None if self.total is None or self.base is None else self.total - self.base - math.fsum(self.scores)

    @property
    def relative_gap(self) -> float | None:
        """Size of the gap as a share of what is explained; None as for ``gap``, or where nothing is explained."""
        if self.gap is None or self.total is None or self.base is None or self.total == self.base:
            return None
        return abs(self.gap / (self.total - self.base))

    def without(self, positions: Collection[int]) -> str:
        """The text without some of its words."""
        return leave_out(self.text, [word for position, word in enumerate(self.words) if position in positions])


def leave_out(text: str, words: Sequence[Word]) -> str:
    """A text without some of its words, one blank between those that stay apart."""
    kept, end = [], 0
    for word in words:
        kept.append(text[end : word.start])
        end = word.end
    return " ".join("".join([*kept, text[end:]]).split())


def words_to_explain(text: str) -> tuple[Word, ...]:
    """The words of a text.

    Raises:
        InputError: if it has none.
    """
    words = tuple(split_words(text))
    if not words:
        raise InputError(f"the text {text[:40]!r} has no word that could be explained; give one that is not blank")
    return words


def word_scores(words: Sequence[Word], spans: Sequence[tuple[int, int]], scores: NDArray[np.float64]) -> tuple[float, ...]:
    """Scores of ranges of characters as scores of words, of the same sum.

    A range that lies in several words is shared between them in proportion to their characters in it; one that lies in no
    word goes to the nearest.

    Args:
        words: In order, at least one.
        spans: Half-open ranges of characters.
        scores: One for each range, (n_spans,).
    """
    starts, ends = [word.start for word in words], [word.end for word in words]
    found = [0.0] * len(words)
    for (start, end), score in zip(spans, scores.tolist(), strict=True):
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        if first >= last:  # between words, or outside all of them
            near = [row for row in (first - 1, first) if 0 <= row < len(words)]
            found[min(near, key=lambda row: max(starts[row] - start, start - ends[row]))] += score
            continue
        shared = [min(ends[row], end) - max(starts[row], start) for row in range(first, last)]
        for row, part in zip(range(first, last), shared, strict=True):
            found[row] += score * part / sum(shared)
    return tuple(found)
