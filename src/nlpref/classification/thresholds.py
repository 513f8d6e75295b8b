"""How sure a stage of a cascade must be to answer: thresholds chosen on examples that no stage has learnt from.

A stage answers when its score is above its threshold. A threshold of 0 lets it answer every text but those on which its
best two labels tie; one of 1 lets it answer none, so it is left out and costs nothing. The last stage answers whatever is
left and has no threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.risk_control import binomial_p_values, fixed_sequence_test

__all__ = ["Held", "affordable_thresholds", "answering_stages", "mean_costs", "promised_threshold"]

CONFIGURATIONS = 20_000
"""Combinations of thresholds that are tried at most."""
_CELLS = 2**22
"""Comparisons held at once."""

Floats = NDArray[np.float64]
Stages = NDArray[np.intp]


@dataclass(frozen=True)
class Held:
    """What the stages say of the examples that thresholds are chosen on.

    Args:
        scores: ``stages.lead`` of each stage but the last, float64, (n_examples, n_stages - 1).
        right: Whether each stage is right, bool, (n_examples, n_stages).
    """

    scores: Floats
    right: NDArray[np.bool_]


def answering_stages(scores: Floats, thresholds: Floats) -> Stages:
    """The first stage that is sure enough, for each set of thresholds and each example.

    Args:
        scores: As in ``Held``.
        thresholds: (n_sets, n_stages - 1).

    Returns:
        Numbers of stages from 0, (n_sets, n_examples).
    """
    sure = scores[None] > thresholds[:, None]
    return np.asarray(np.where(sure.any(axis=2), sure.argmax(axis=2), scores.shape[1]), dtype=np.intp)


def mean_costs(answered: Stages, thresholds: Floats, costs: Sequence[float]) -> Floats:
    """Mean cost of a text, which pays for every stage up to the one that answers, but for those left out, (n_sets,).

    Args:
        answered: As ``answering_stages`` gives them.
        thresholds: (n_sets, n_stages - 1).
        costs: Of each stage.
    """
    asked = np.hstack([thresholds < 1, np.ones((len(thresholds), 1), dtype=bool)])
    return np.asarray(np.take_along_axis(np.cumsum(asked * np.asarray(costs), axis=1), answered, axis=1).mean(axis=1))


def promised_threshold(held: Held, risk: float, level: float) -> tuple[float, int]:
    """The lowest common threshold at which few texts are lost, and how many of the examples are lost there.

    A text is lost if the last stage is right and the stage that answers is wrong. The settings are all common thresholds
    from 1, where nothing is lost, down to 0: an order that does not depend on the examples. Each is tested by its exact
    binomial p-value until one fails; between two scores that occur nothing changes, so a test at each of them tests all.

    Args:
        held: Examples that no stage has learnt from.
        risk: Share of new texts that may be lost.
        level: Chance, over the draw of the examples, that more are.

    Returns:
        The threshold, midway between two scores so that rounding moves no text across it, and the number lost. It is
        1 if nothing can be promised.
    """
    # Stage k answers while the threshold is below its score, but not below a score of a stage before it.
    before = np.maximum.accumulate(np.hstack([np.zeros((len(held.scores), 1)), held.scores[:, :-1]]), axis=1)
    harmful = held.right[:, -1:] & ~held.right[:, :-1] & (held.scores > before)
    starts, ends = np.sort(before[harmful]), np.sort(held.scores[harmful])
    tried = np.unique(np.append(held.scores, 0.0))[::-1]
    losses = np.searchsorted(starts, tried, side="right") - np.searchsorted(ends, tried, side="right")
    passed = fixed_sequence_test(binomial_p_values(losses, len(held.scores), risk), level)
    if not passed:
        return 1.0, 0
    above = tried[passed - 2] if passed > 1 else 1.0
    return float((tried[passed - 1] + above) / 2), int(losses[passed - 1])


def affordable_thresholds(held: Held, costs: Sequence[float], budget: float) -> tuple[float, ...]:
    """The thresholds of the best accuracy on the examples among those whose mean cost is within the budget.

    Of equals the cheapest. All combinations of scores that occur are tried; if they are too many, evenly many of each
    stage. Nothing is promised of new texts.

    Args:
        held: Examples that no stage has learnt from.
        costs: Of each stage for a text.
        budget: In the unit of the costs.

    Raises:
        InputError: if no stage is as cheap as the budget.
    """
    if min(costs) > budget:
        raise InputError(
            f"no stage keeps to a budget of {budget:g} ms a text: they take {', '.join(f'{cost:.3g}' for cost in costs)} ms; "
            "raise budget_ms, or put a quicker stage first"
        )
    early = held.scores.shape[1]
    most = max(3, int(CONFIGURATIONS ** (1 / early)))
    tried = np.array(list(product(*(_candidates(column, most) for column in held.scores.T))))
    accuracy, cost = np.empty(len(tried)), np.empty(len(tried))
    step = max(1, _CELLS // held.scores.size)
    for start in range(0, len(tried), step):
        block = slice(start, start + step)
        answered = answering_stages(held.scores, tried[block])
        accuracy[block] = np.take_along_axis(held.right, answered.T, axis=1).mean(axis=0)
        cost[block] = mean_costs(answered, tried[block], costs)
    within = np.flatnonzero(cost <= budget * (1 + 1e-12))
    best = within[np.lexsort((cost[within], -accuracy[within]))[0]]
    return tuple(float(threshold) for threshold in tried[best])


def _candidates(scores: Floats, most: int) -> Floats:
    """0, 1 and values midway between neighbouring scores, at most ``most`` in all."""
    found = np.unique(scores)
    between = (found[1:] + found[:-1]) / 2
    if len(between) > most - 2:
        between = between[np.unique(np.linspace(0, len(between) - 1, most - 2).round().astype(np.intp))]
    return np.concatenate([[0.0], between, [1.0]])
