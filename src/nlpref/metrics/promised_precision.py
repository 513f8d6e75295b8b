"""Above which score findings are kept, so that few of those kept are wrong: a promise for findings that come in groups.

Findings of one group, the spans of a sentence or the hits of a query, are not independent. So the group is what is drawn, and
of all its findings that are kept one, drawn at random, speaks for it. Whether that one is right is independent between
groups, and the exact binomial test holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.metrics.risk_control import binomial_p_values, fallback_test, smallest_sample

__all__ = ["PromisedThreshold", "promised_threshold"]

STARTS = (2, 8)
"""The search starts at a half and at an eighth of the groups."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class PromisedThreshold:
    """Above which score a finding is kept.

    Args:
        threshold: Findings with a higher score are kept; 1 keeps none.
        kept: How many of the findings that it was chosen on are.
        wrong: How many of these are wrong.
    """

    threshold: float
    kept: int
    wrong: int


def promised_threshold(
    groups: NDArray[np.intp], scores: Floats, right: Flags, precision: float, level: float, seed: int = 0
) -> PromisedThreshold:
    """The lowest score above which the share ``precision`` of findings is right, save with chance ``level``.

    Groups are put in the order of their surest finding, and the thresholds are the scores at which the next one would come
    in. Given such a score, the groups before it are independent draws from all that have a finding above it, whatever the
    dependence within. The finding that speaks for each, drawn from those above, is right with the same chance everywhere: the
    share that is right in a group, averaged over groups of which something is kept. Of this share the promise is exact, if it
    does not rise as less sure findings are let in. The share of all findings that are kept differs from it if groups with many
    such findings are better or worse than others; so all of them together have to pass the same test, which is exact for it if
    findings are independent. The starts of the search depend on the number of groups alone.

    Args:
        groups: Number of the group of each finding, 0 or more, (n_findings,); of groups that no training has seen.
        scores: Its score, in [0, 1], (n_findings,).
        right: Whether it is right, (n_findings,).
        precision: Share that is to be right, in (0, 1).
        level: Chance that fewer are, over the draw of the groups, in (0, 1).
        seed: Fixes which finding speaks for a group.

    Raises:
        InputError: if a number is out of range.

    Source: Angelopoulos et al. 2021 (Learn then Test); Clopper & Pearson 1934; Hoffman, Sen & Weinberg 2001 (one of each
        cluster); Wiens & Dmitrienko 2005 (levels that are passed on).

    Example:
        >>> made = promised_threshold(np.arange(40), np.full(40, 0.8), np.ones(40, dtype=bool), precision=0.9, level=0.05)
        >>> made.kept, made.threshold < 0.8
        (40, True)
    """
    risk = 1 - precision
    order = np.lexsort((np.random.default_rng(seed).random(len(scores)), groups))
    groups, scores, right = groups[order], scores[order], right[order]
    surest = np.full(int(groups.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(surest, groups, scores)
    ranked = -np.sort(-surest[np.isfinite(surest)])
    n = len(ranked)
    nothing = PromisedThreshold(1.0, 0, 0)
    if n < smallest_sample(risk, level):
        return nothing
    starts = [n // part for part in STARTS if n // part >= smallest_sample(risk, level / len(STARTS))] or [n]
    ends = np.append(np.flatnonzero(ranked[1:] < ranked[:-1]) + 1, n)  # equally sure groups come in together
    thresholds = np.append(ranked, 0.0)[ends]
    counts = np.array([_tallied(groups, right, scores > threshold) for threshold in thresholds])
    spoken = binomial_p_values(counts[:, 1], np.maximum(counts[:, 0], 1), risk)
    together = binomial_p_values(counts[:, 3], np.maximum(counts[:, 2], 1), risk)
    levels = np.zeros(len(ends))
    np.add.at(levels, np.searchsorted(ends, starts), level / len(starts))
    passed = np.flatnonzero(fallback_test(np.maximum(spoken, together), levels))
    if not len(passed):
        return nothing
    last = int(passed[-1])
    return PromisedThreshold(float(thresholds[last]), int(counts[last, 2]), int(counts[last, 3]))


def _tallied(groups: NDArray[np.intp], right: Flags, kept: Flags) -> tuple[int, int, int, int]:
    """Groups of which something is kept, those whose speaker is wrong; findings kept, those that are wrong.

    The findings of a group are in random order, so the first that is kept speaks for it.
    """
    inside, verdicts = groups[kept], right[kept]
    first = np.ones(len(inside), dtype=np.bool_)
    first[1:] = inside[1:] != inside[:-1]
    return int(first.sum()), int((~verdicts[first]).sum()), len(inside), int((~verdicts).sum())
