"""How sure a tagger must be of a span to keep it, so that few of those kept are wrong: a promise, and whether it holds.

Spans of one sentence are not independent: a tagger that misreads it is wrong about several. So the sentence is what is drawn,
and of all its spans that are kept one, drawn at random, speaks for it. Whether that one is right is independent between
sentences, and the exact binomial test holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics import promised_precision

__all__ = [
    "JudgedSpans",
    "Kept",
    "SpanPromise",
    "kept_precision",
    "observed_precision",
    "promised_threshold",
    "resampled_precision",
    "shifted_precision",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JudgedSpans:
    """Spans found in some sentences, and which of them are right.

    Args:
        sentences: Number of the sentence of each span, (n_spans,).
        scores: Its score, (n_spans,).
        right: Whether start, end and label are right, (n_spans,).
        n: Number of sentences, those without a span among them.

    Raises:
        InputError: if the lengths differ, there is no sentence, or one has a number that is not below ``n``.
    """

    sentences: NDArray[np.intp]
    scores: Floats
    right: NDArray[np.bool_]
    n: int

    def __post_init__(self) -> None:
        if not len(self.sentences) == len(self.scores) == len(self.right) or self.n < 1:
            raise InputError(
                f"expected a sentence, a score and a verdict for each span of at least one sentence, got {len(self.sentences)}, "
                f"{len(self.scores)} and {len(self.right)} for {self.n} sentences"
            )
        if len(self.sentences) and not 0 <= self.sentences.min() <= self.sentences.max() < self.n:
            raise InputError(f"numbers of {self.n} sentences run from 0 to {self.n - 1}, got {self.sentences.max()}")

    def of(self, rows: NDArray[np.intp]) -> JudgedSpans:
        """Those of some sentences, in this order; one that is given twice counts as two."""
        order = np.argsort(self.sentences, kind="stable")
        counts = np.bincount(self.sentences, minlength=self.n)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        taken = counts[rows]
        within = np.arange(taken.sum()) - np.repeat(np.cumsum(taken) - taken, taken)
        spans = order[np.repeat(starts[rows], taken) + within]
        return JudgedSpans(np.repeat(np.arange(len(rows)), taken), self.scores[spans], self.right[spans], len(rows))


@dataclass(frozen=True)
class SpanPromise:
    """Above which score a span is kept.

    Args:
        threshold: Spans with a higher score are kept; 1 keeps none.
        kept: How many of the spans that it was chosen on are.
        wrong: How many of these are wrong.
        spans: How many spans there were.
        sentences: How many sentences there were.
    """

    threshold: float
    kept: int
    wrong: int
    spans: int
    sentences: int


@dataclass(frozen=True)
class Kept:
    """What becomes of spans under a threshold.

    Args:
        coverage: Share of the spans that are kept.
        precision: Share of those kept that are right; 1 if none is.
        sentence_precision: The same in each sentence, and the mean over sentences of which something is kept.
    """

    coverage: float
    precision: float
    sentence_precision: float


def promised_threshold(spans: JudgedSpans, precision: float, level: float, seed: int = 0) -> SpanPromise:
    """The lowest score above which the share ``precision`` of spans is right, save with chance ``level``.

    See ``nlpref.metrics.promised_precision`` for how it is found; a sentence is a group there. The starts of the search depend
    on the number of sentences alone, as for ``nlpref.decisions.promise.promised_confidence``.

    Args:
        spans: Of sentences that no training has seen.
        precision: Share that is to be right, in (0, 1).
        level: Chance that fewer are, over the draw of the sentences, in (0, 1).
        seed: Fixes which span speaks for a sentence.

    Raises:
        InputError: if a number is out of range.
    """
    made = promised_precision.promised_threshold(spans.sentences, spans.scores, spans.right, precision, level, seed)
    return SpanPromise(made.threshold, made.kept, made.wrong, len(spans.scores), spans.n)


def kept_precision(spans: JudgedSpans, threshold: float) -> Kept:
    """What is kept above a threshold, and how much of it is right."""
    kept = spans.scores > threshold
    if not kept.any():
        return Kept(0.0, 1.0, 1.0)
    _, rows = np.unique(spans.sentences[kept], return_inverse=True)
    shares = np.bincount(rows, weights=spans.right[kept]) / np.bincount(rows)
    return Kept(float(kept.mean()), float(spans.right[kept].mean()), float(shares.mean()))


def resampled_precision(
    spans: JudgedSpans, precision: float, level: float, sentences: int, resamples: int = 200, seed: int = 0
) -> Floats:
    """How often the promise holds: thresholds chosen on resamples of a pool, each judged on the whole pool.

    The pool stands for all sentences there are, so they are drawn from it with replacement, and the precision in it is the
    true one.

    Args:
        spans: Of the pool.
        precision: As for ``promised_threshold``; ``level`` likewise.
        level: See ``precision``.
        sentences: Number of sentences that each threshold is chosen on.
        resamples: Number of thresholds.
        seed: Fixes the draws.

    Returns:
        For each resample coverage, precision and sentence precision, (n_resamples, 3).

    Raises:
        InputError: if a number is out of range.
    """

    def draw(random: np.random.Generator) -> tuple[JudgedSpans, JudgedSpans]:
        return spans.of(random.integers(0, spans.n, sentences)), spans

    return _repeated(draw, precision, level, resamples, seed)


def observed_precision(
    spans: JudgedSpans, precision: float, level: float, sentences: int, resamples: int = 200, seed: int = 0
) -> Floats:
    """What is observed of the promise: sentences are divided at random, one part chooses, the rest is judged.

    What is seen in the rest is an estimate with its own noise, so it falls short oftener than the true precision does.

    Args:
        spans: Of all sentences.
        precision: As for ``promised_threshold``; ``level`` likewise.
        level: See ``precision``.
        sentences: Size of the part that the threshold is chosen on.
        resamples: Number of divisions.
        seed: Fixes them.

    Returns:
        For each division coverage, precision and sentence precision, (n_resamples, 3).

    Raises:
        InputError: if a number is out of range, or one of the parts is empty.
    """
    if not 0 < sentences < spans.n:
        raise InputError(f"expected sentences from 1 to {spans.n - 1}, so that some of {spans.n} are left; got {sentences}")

    def draw(random: np.random.Generator) -> tuple[JudgedSpans, JudgedSpans]:
        rows = random.permutation(spans.n)
        return spans.of(rows[:sentences]), spans.of(rows[sentences:])

    return _repeated(draw, precision, level, resamples, seed)


def shifted_precision(
    chosen_on: JudgedSpans, judged_on: JudgedSpans, precision: float, level: float, resamples: int = 200, seed: int = 0
) -> Floats:
    """The promise where it does not apply: thresholds chosen on resamples of one split, each judged on another split.

    If these are not of the same kind, nothing was promised, and this tells how far the promise carries all the same.

    Args:
        chosen_on: Its sentences are drawn with replacement, as many as there are.
        judged_on: All of it is judged.
        precision: As for ``promised_threshold``; ``level`` likewise.
        level: See ``precision``.
        resamples: Number of thresholds.
        seed: Fixes the draws.

    Returns:
        For each resample coverage, precision and sentence precision, (n_resamples, 3).

    Raises:
        InputError: if a number is out of range.
    """

    def draw(random: np.random.Generator) -> tuple[JudgedSpans, JudgedSpans]:
        return chosen_on.of(random.integers(0, chosen_on.n, chosen_on.n)), judged_on

    return _repeated(draw, precision, level, resamples, seed)


def _repeated(
    draw: Callable[[np.random.Generator], tuple[JudgedSpans, JudgedSpans]],
    precision: float,
    level: float,
    resamples: int,
    seed: int,
) -> Floats:
    random, rows = np.random.default_rng(seed), []
    for number in range(resamples):
        chosen_on, judged_on = draw(random)
        found = kept_precision(judged_on, promised_threshold(chosen_on, precision, level, number).threshold)
        rows.append([found.coverage, found.precision, found.sentence_precision])
    return np.array(rows, dtype=np.float64).reshape(-1, 3)
