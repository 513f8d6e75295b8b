"""A chain of BIO tags with a score for each tag and each step: the best tags, and exact probabilities of spans.

Columns follow ``O``, then ``B-`` and ``I-`` of each label: ``O, B-a, I-a, B-b, I-b``.

Source: Lafferty et al. 2001; Culotta and McCallum 2004 (confidence of a segment by constrained forward-backward).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.types import Span

__all__ = ["Chain", "Steps"]

Floats = NDArray[np.float64]
FAR_APART = 300.0
"""Nats between two tags of a token, from which on a probability could vanish: exp(-708) is the least there is."""


@dataclass(frozen=True)
class Steps:
    """What it costs to go from one tag to the next; what BIO forbids is minus infinity.

    Args:
        labels: Entity types, in the order of the columns.
        between: Row is the tag before, column the tag after, (n_tags, n_tags).
        first: Score of each tag in the first place, (n_tags,).
        last: Score of each tag in the last place, (n_tags,).

    Raises:
        InputError: if the shapes do not fit the labels.
    """

    labels: tuple[str, ...]
    between: Floats
    first: Floats
    last: Floats

    def __post_init__(self) -> None:
        width = 1 + 2 * len(self.labels)
        given = [self.between.shape, self.first.shape, self.last.shape]
        if given != [(width, width), (width,), (width,)]:
            raise InputError(f"{len(self.labels)} labels make {width} tags; between, first and last have the shapes {given}")

    @classmethod
    def legal(cls, labels: Sequence[str]) -> Steps:
        """Every step that BIO allows, all alike: ``I-x`` only after ``B-x`` or ``I-x``."""
        width = 1 + 2 * len(labels)
        between, first = np.zeros((width, width)), np.zeros(width)
        between[:, 2::2] = first[2::2] = -np.inf
        for begin in range(1, width, 2):
            between[begin : begin + 2, begin + 1] = 0.0
        return cls(tuple(labels), between, first, np.zeros(width))

    def save(self, path: Path) -> None:
        """Write the scores; the labels are their owner's."""
        np.savez(path, between=self.between, first=self.first, last=self.last)

    @classmethod
    def load(cls, path: Path, labels: Sequence[str]) -> Steps:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(tuple(labels), arrays["between"], arrays["first"], arrays["last"])

    def learned(self, between: Floats, first: Floats, last: Floats) -> Steps:
        """The same grammar with scores that were learned; what was forbidden stays so."""
        return Steps(self.labels, self.between + between, self.first + first, self.last + last)


class Chain:
    """The tags of one sentence.

    Args:
        scores: Score of each tag at each token, (n_tokens, n_tags), finite.
        steps: Scores of the steps between tags.

    Raises:
        InputError: if the scores are not finite, or not as wide as the tags.

    Example:
        >>> chain = Chain(np.log([[0.2, 0.7, 0.1], [0.4, 0.1, 0.5]]), Steps.legal(["city"]))
        >>> chain.best()
        [Span(start=0, end=2, label='city', score=...)]
        >>> [(span.start, span.end, round(span.score, 2)) for span in chain.candidates(0.1)]
        [(0, 1, 0.44), (0, 2, 0.44), (1, 2, 0.11)]
    """

    def __init__(self, scores: Floats, steps: Steps) -> None:
        if scores.ndim != 2 or scores.shape[1] != len(steps.first) or not np.isfinite(scores).all():
            raise InputError(f"expected finite scores, (n_tokens, {len(steps.first)}); got shape {scores.shape}")
        self.scores = scores
        self.steps = steps

    def __len__(self) -> int:
        return len(self.scores)

    def path(self) -> NDArray[np.int64]:
        """The tags of the best sequence, (n_tokens,). Source: Viterbi 1967."""
        path = np.zeros(len(self), dtype=np.int64)
        if not len(self):
            return path
        came_from = np.zeros(self.scores.shape, dtype=np.int64)
        best = self.steps.first + self.scores[0]
        for position in range(1, len(self)):
            reached = best[:, None] + self.steps.between
            came_from[position] = reached.argmax(0)
            best = reached.max(0) + self.scores[position]
        path[-1] = (best + self.steps.last).argmax()
        for position in range(len(self) - 1, 0, -1):
            path[position - 1] = came_from[position, path[position]]
        return path

    def best(self, *, scored: bool = True) -> list[Span]:
        """The spans of the best sequence, each with its probability; without, which is faster, with a score of 1."""
        spans = self._read(self.path())
        return self.scored(spans) if scored else list(spans)

    def scored(self, spans: Iterable[Span]) -> list[Span]:
        """The same spans, each with its probability: of exactly this range and label, whatever else there is."""
        return [Span(span.start, span.end, span.label, float(np.exp(min(0.0, self._log_probability(span))))) for span in spans]

    def candidates(self, floor: float = 0.01) -> list[Span]:
        """All spans of at least this probability, overlapping ones too, the most probable first.

        Raises:
            InputError: if the floor is not above 0 and at most 1; at 0 every range would be a candidate.
        """
        if not 0 < floor <= 1:
            raise InputError(f"floor={floor}: expected a probability above 0")
        found = self.scored(self._likely(float(np.log(floor))))
        return sorted((span for span in found if span.score >= floor), key=lambda span: (-span.score, span))

    def confident(self, threshold: float) -> list[Span]:
        """Candidates of at least this probability; of those that overlap the most probable, in the order of the text.

        Below a half, more is found than in the best sequence, above it less.
        """
        kept: list[Span] = []
        for span in self.candidates(threshold):
            if all(span.end <= other.start or other.end <= span.start for other in kept):
                kept.append(span)
        return sorted(kept)

    def marginals(self) -> Floats:
        """Probability of each tag at each token, (n_tokens, n_tags)."""
        if not len(self):
            return np.zeros(self.scores.shape)
        made: Floats = np.exp(self._forward + self._backward - self.log_partition)
        return made

    @cached_property
    def log_partition(self) -> float:
        """Log of the sum over all sequences."""
        return float(_log_sum(self._forward[-1] + self.steps.last)) if len(self) else 0.0

    @cached_property
    def _forward(self) -> Floats:
        """Log-sum over all beginnings that end in each tag, its own score included."""
        return _sums(self.scores, self.steps.between, self.steps.first)

    @cached_property
    def _backward(self) -> Floats:
        """Log-sum over all endings that follow each tag, its own score left out."""
        ends = _sums(self.scores[::-1], self.steps.between.T, self.steps.last)[::-1]
        return ends - self.scores

    def _log_probability(self, span: Span) -> float:
        if span.end > len(self):
            raise InputError(f"{span} leaves a sentence of {len(self)} tokens")
        inside = self._inside(span.start, span.end, span.label)
        last, ahead = self._tags(span)[-1], self._tags(span)[0] + 1
        if span.end == len(self):
            return inside + float(self.steps.last[last]) - self.log_partition
        onward = self.steps.between[last] + self.scores[span.end] + self._backward[span.end]
        onward[ahead] = -np.inf  # the span ends here
        return inside + float(_log_sum(onward)) - self.log_partition

    def _inside(self, start: int, end: int, label: str) -> float:
        """Log-sum over all beginnings that read this label from start to end, the last token's score included."""
        begin = 1 + 2 * self.steps.labels.index(label)
        total = float(self._forward[start, begin])
        for position in range(start + 1, end):
            before = begin if position == start + 1 else begin + 1
            total += float(self.steps.between[before, begin + 1] + self.scores[position, begin + 1])
        return total

    def _tags(self, span: Span) -> list[int]:
        begin = 1 + 2 * self.steps.labels.index(span.label)
        return [begin] + [begin + 1] * (span.end - span.start - 1)

    def _likely(self, floor: float) -> Iterator[Span]:
        """Spans whose beginning is likely enough; the longer, the less likely."""
        if not len(self):
            return
        begins = self._forward[:, 1::2] + self._backward[:, 1::2] - self.log_partition
        for start, column in zip(*np.nonzero(begins >= floor), strict=True):
            begin, label = 1 + 2 * int(column), self.steps.labels[column]
            reached, last = float(self._forward[start, begin]), begin
            yield Span(int(start), int(start) + 1, label)
            for position in range(int(start) + 1, len(self)):
                reached += float(self.steps.between[last, begin + 1] + self.scores[position, begin + 1])
                last = begin + 1
                if reached + self._backward[position, last] - self.log_partition < floor:
                    break
                yield Span(int(start), position + 1, label)

    def _read(self, path: NDArray[np.int64]) -> Iterator[Span]:
        start, label = 0, -1
        for position, tag in enumerate([*path.tolist(), 0]):
            if label >= 0 and not (tag and tag % 2 == 0):  # all but I- end what was open
                yield Span(start, position, self.steps.labels[label])
                label = -1
            if tag % 2:
                start, label = position, tag // 2


def _sums(scores: Floats, between: Floats, first: Floats) -> Floats:
    """Log-sums over all paths up to each tag; in probabilities scaled at every step, since logarithms are slow."""
    made = np.empty(scores.shape)
    if not len(scores):
        return made
    peaks = scores.max(axis=1, keepdims=True)
    allowed = between[np.isfinite(between)]
    if float((peaks - scores.min(axis=1, keepdims=True)).max()) + float(np.ptp(allowed)) > FAR_APART:
        return _log_sums(scores, between, first)
    weights, highest, start = np.exp(scores - peaks), float(allowed.max(initial=0.0)), float(first.max())
    step, sizes = np.exp(between - highest), np.empty(len(scores))
    current = np.exp(first - start) * weights[0]
    for position in range(len(scores)):
        if position:
            current = (current @ step) * weights[position]
        sizes[position] = size = current.sum()
        current /= size
        made[position] = current
    heights = np.log(sizes) + peaks[:, 0] + highest
    heights[0] += start - highest
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(made) + heights.cumsum()[:, None])


def _log_sums(scores: Floats, between: Floats, first: Floats) -> Floats:
    """The same in logarithms, for scores so far apart that probabilities vanish."""
    made = np.empty(scores.shape)
    made[0] = first + scores[0]
    for position in range(1, len(scores)):
        made[position] = _log_sum(made[position - 1][:, None] + between) + scores[position]
    return made


def _log_sum(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp.reduce(values, axis=0))
