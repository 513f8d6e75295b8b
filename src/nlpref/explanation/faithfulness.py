"""Are the words that an explanation names those that the answer rests on? Each method against random words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.explanation.deletion import SHARES, deletion_drops, random_rankings
from nlpref.explanation.explainer import Explainer
from nlpref.latency import timed
from nlpref.metrics.significance import mean_interval
from nlpref.protocols import TextClassifier
from nlpref.results import Estimate

__all__ = ["RANDOM", "Faithfulness", "measure_faithfulness"]

RANDOM = "random"
DRAWS = 5
"""Random orders of the words of each text; their mean is what a method is held against."""


@dataclass(frozen=True, kw_only=True)
class Faithfulness:
    """How far one method's words carry the answer, in probability of the label that was given.

    Args:
        drops: Mean fall of the probability at each share of words left out.
        area: Area over the perturbation curve: the mean fall over all shares.
        over_random: The same less that of random words, on the same texts; None for random words.
        gap: Largest error of completeness, as a share of what is explained; None where scores need not add up.
        seconds: Mean time of one explanation; None for random words.
    """

    drops: Sequence[Estimate]
    area: Estimate
    over_random: Estimate | None = None
    gap: float | None = None
    seconds: float | None = None


def measure_faithfulness(
    classifier: TextClassifier,
    explainers: Sequence[Explainer],
    texts: Sequence[str],
    *,
    shares: Sequence[float] = SHARES,
    seed: int = 0,
) -> Mapping[str, Faithfulness]:
    """Measure methods on the same texts, each explained for the label that the classifier gives it.

    Args:
        classifier: What is explained.
        explainers: One or more methods.
        texts: Each has a word.
        shares: Shares of the words that are left out, those first that the method says matter most.
        seed: Of the random orders.

    Returns:
        By name of the method, and ``random`` at the end.

    Raises:
        InputError: if there is no method or no text, or a share does not fit.
    """
    if not explainers or not texts:
        raise InputError(f"faithfulness needs a method and a text, got {len(explainers)} methods and {len(texts)} texts")
    explained, seconds = [], []
    for explainer in explainers:
        with timed() as watch:
            explained.append([explainer.explain(text) for text in texts])
        seconds.append(watch.seconds / len(texts))
    chance = np.mean(
        [deletion_drops(classifier, explained[0], random_rankings(explained[0], seed + draw), shares) for draw in range(DRAWS)],
        axis=0,
    )
    found = {}
    for explainer, explanations, spent in zip(explainers, explained, seconds, strict=True):
        drops = deletion_drops(classifier, explanations, None, shares)
        better = mean_interval((drops - chance).mean(axis=1))
        gaps = [one.relative_gap for one in explanations if one.relative_gap is not None]
        found[explainer.method] = _record(drops, better, max(gaps, default=None), spent)
    return {**found, RANDOM: _record(chance)}


def _record(
    drops: NDArray[np.float64], over_random: Estimate | None = None, gap: float | None = None, seconds: float | None = None
) -> Faithfulness:
    return Faithfulness(
        drops=[mean_interval(column) for column in drops.T],
        area=mean_interval(drops.mean(axis=1)),
        over_random=over_random,
        gap=gap,
        seconds=seconds,
    )
