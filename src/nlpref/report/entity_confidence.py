"""Whether found entities are right as often as their scores say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nlpref.metrics.reliability import reliability_bins
from nlpref.metrics.significance import estimates
from nlpref.report import words
from nlpref.report.plots import Plot
from nlpref.report.reliability import bins_plot
from nlpref.report.sentences import Sentence
from nlpref.results import Estimate

__all__ = ["confidence_note", "entity_reliability", "score_error", "scored"]

_BINS = 15


def scored(sentences: Sequence[Sentence]) -> bool:
    """Whether the tagger says how sure it is: not if every score is 1, or nothing was found."""
    return any(span.score < 1 for one in sentences for span in one.predicted)


def entity_reliability(name: str, sentences: Sequence[Sentence], before: Sequence[Mapping[str, Any]] = ()) -> Plot | None:
    """Share of right entities over their score; None if the tagger has no scores.

    Args:
        name: Unique on the page.
        sentences: Gold and found.
        before: Bins of the same entities before calibration, if the record has them.
    """
    if not scored(sentences):
        return None
    return bins_plot(name, reliability_bins(*_answers(sentences)), before, noun="found entities")


def score_error(sentences: Sequence[Sentence], bins: int = _BINS) -> Estimate:
    """Expected calibration error of the scores of found entities, with its interval by bootstrap over sentences.

    Of each bin of equal width, the distance between the mean score and the share that is right, weighted by its size. An
    entity that was not found has no score and plays no part.

    Source: Guo et al. 2017, equation 3.
    """
    scores, right = map(np.array, _answers(sentences))
    places = np.clip(np.ceil(scores * bins).astype(np.intp) - 1, 0, bins - 1)
    gaps, sizes = np.zeros((2, len(sentences), bins))
    owners = np.repeat(np.arange(len(sentences)), [len(one.predicted) for one in sentences])
    np.add.at(gaps, (owners, places), scores - right)
    np.add.at(sizes, (owners, places), 1.0)

    def error(weights: np.ndarray) -> dict[str, np.ndarray]:
        found = (sizes.T @ weights).sum(axis=0)
        gap = np.abs(gaps.T @ weights).sum(axis=0)
        return {"error": np.divide(gap, found, out=np.full(found.shape, np.nan), where=found > 0)}

    return estimates(error, len(sentences))["error"]


def confidence_note(sentences: Sequence[Sentence]) -> str:
    """What its scores are worth, in words."""
    if not any(one.predicted for one in sentences):
        return "It found no entity."
    if not scored(sentences):
        return "It does not say how sure it is: every found entity has the score 1."
    scores, right = _answers(sentences)
    claimed, share = float(np.mean(scores)), float(np.mean(right))
    gap = claimed - share
    judged = "well calibrated on average" if abs(gap) < 0.02 else "overconfident" if gap > 0 else "underconfident"
    error = score_error(sentences)
    return (
        f"Its scores promise that {words.percent(claimed)} of what it finds is right; {words.percent(share)} is: {judged}. "
        f"Expected calibration error {words.decimal(error.value)} (95 % interval {words.interval(error.low, error.high)})."
    )


def _answers(sentences: Sequence[Sentence]) -> tuple[list[float], list[float]]:
    """Score of each found entity, and 1 if it is right."""
    pairs = [(span.score, float(span in one.gold)) for one in sentences for span in one.predicted]
    return [score for score, _ in pairs], [right for _, right in pairs]
