"""Which model to ship, and why not each of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nlpref.report.candidate import Candidate, candidates
from nlpref.report.comparisons import Comparison, compare
from nlpref.report.cost import PRICE
from nlpref.report.frontier import dominators
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.limits import Limits, Miss
from nlpref.report.reasons import Reason, dominated, lost

__all__ = ["WORTH_PAYING", "Choice", "Way", "choose"]

WORTH_PAYING = 1.1
"""Among models that cannot be told apart one is called cheaper from this ratio of costs on; below it the better one is taken."""


@dataclass(frozen=True)
class Way:
    """A way out where nothing fits: the limits to ask for instead, and the best model that they admit."""

    candidate: Candidate
    limits: Mapping[str, float]


@dataclass(frozen=True)
class Choice:
    """The answer.

    Args:
        board: What was compared.
        limits: What was asked.
        price: Assumed price of a core-hour.
        chosen: The model to ship, or None if none fits.
        best: The one of highest quality among those that fit, or None.
        others: All other models, best first, each with why not.
        comparisons: The best against each other one that fits and is not dominated.
        ways: Where nothing fits, the nearest models, one for each limit that alone is in the way.
    """

    board: Leaderboard
    limits: Limits
    price: float
    chosen: Candidate | None
    best: Candidate | None
    others: tuple[tuple[Candidate, tuple[Reason, ...]], ...]
    comparisons: tuple[Comparison, ...]
    ways: tuple[Way, ...]


def choose(board: Leaderboard, limits: Limits, price: float = PRICE) -> Choice:
    """Choose among models that were scored on the same examples.

    Of the models that keep the limits, those that another one beats in quality, p95 and cost alike drop out. The best of the
    rest is compared with each other one by paired tests on the same examples; among those that cannot be told from it the
    cheapest is chosen, or the fastest where the cost is not known of all.

    Args:
        board: The models.
        limits: What the model has to keep to.
        price: Price of one core for one hour, in any currency; an assumption.

    Raises:
        InputError: if the price is not a finite number of 0 or more.
    """
    models = candidates(board, price)
    timed = [one for one in models if one.p95_ms is not None]
    misses = {one.name: limits.misses(one, board.primary) for one in models}
    fitting = [one for one in timed if not misses[one.name]]
    beaten_of_all, beaten_of_fitting = _beaten(timed), _beaten(fitting)
    rivals = [one for one in fitting if one.name not in beaten_of_fitting]
    tests = compare(replace(board, models=tuple(one.model for one in rivals))) if rivals else []
    equal = [one for one in rivals[1:] if any(test.indistinct and test.other is one.model for test in tests)]
    chosen = _cheapest([rivals[0], *equal]) if rivals else None

    def reasons(one: Candidate) -> tuple[Reason, ...]:
        if one.p95_ms is None:
            untimed = Reason("not timed", f"not timed: nlpref bench task={board.task} does it")
            return (untimed, *(Reason(miss.limit, miss.text) for miss in misses[one.name] if miss.needed is not None))
        if misses[one.name]:
            missed = [Reason(miss.limit, miss.text) for miss in misses[one.name]]
            by = beaten_of_all.get(one.name)
            return (*missed, *([dominated(one, by)] if by else []))
        if one.name in beaten_of_fitting:
            return (dominated(one, beaten_of_fitting[one.name]),)
        return (lost(one, rivals[0], chosen or rivals[0], tests),)

    return Choice(
        board=board,
        limits=limits,
        price=price,
        chosen=chosen,
        best=rivals[0] if rivals else None,
        others=tuple((one, reasons(one)) for one in models if one is not chosen),
        comparisons=tuple(tests),
        ways=() if chosen else tuple(_ways(timed, misses, limits)),
    )


def _beaten(models: Sequence[Candidate]) -> dict[str, Candidate]:
    """By name of each model that is dominated, the one that dominates it."""
    found = dominators([one.point for one in models])
    return {one.name: models[row] for one, row in zip(models, found, strict=True) if row is not None}


def _cheapest(models: Sequence[Candidate]) -> Candidate:
    """The best of the models that cost next to nothing more than the cheapest one."""
    enough = WORTH_PAYING * min(one.expense for one in models)
    return max((one for one in models if one.expense <= enough), key=lambda one: (one.quality.value, -one.expense))


def _ways(timed: Sequence[Candidate], misses: Mapping[str, Sequence[Miss]], limits: Limits) -> list[Way]:
    """For each limit the nearest model that misses no other; if there is none at all, the model that is least far off."""
    found = []
    for limit in limits.asked:
        alone = [(one, miss) for one in timed for miss in misses[one.name][:1] if _only(misses[one.name], limit)]
        if alone:
            one, miss = min(alone, key=lambda pair: (pair[1].excess, -pair[0].quality.value))
            found.append(Way(one, {limit: miss.needed or 0.0}))
    known = [one for one in timed if all(miss.needed is not None for miss in misses[one.name])]
    if not found and known:
        one = min(known, key=lambda one: (len(misses[one.name]), sum(miss.excess for miss in misses[one.name])))
        found.append(Way(one, {miss.limit: miss.needed or 0.0 for miss in misses[one.name]}))
    return found


def _only(misses: Sequence[Miss], limit: str) -> bool:
    return len(misses) == 1 and misses[0].limit == limit and misses[0].needed is not None
