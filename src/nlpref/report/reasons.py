"""Why a model is not the one to ship, in words with figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.report import words
from nlpref.report.candidate import Candidate
from nlpref.report.comparisons import ALPHA, Comparison

__all__ = ["Reason", "dominated", "lost", "relation", "spending"]


@dataclass(frozen=True)
class Reason:
    """Why a model is not the one.

    Args:
        kind: ``not timed``, the name of the limit that it misses, ``dominated``, ``worse``, or ``dearer``.
        text: The same in words, with figures.
        by: The model that it loses against, or empty.
    """

    kind: str
    text: str
    by: str = ""


def dominated(one: Candidate, by: Candidate) -> Reason:
    """Another model is at least as good, as fast and, where that is known, as cheap."""
    text = f"dominated by {by.name}, which is at least as good ({words.decimal(by.quality.value)} against "
    text += f"{words.decimal(one.quality.value)}), as fast ({words.significant(by.p95_ms)} against "
    text += f"{words.significant(one.p95_ms)} ms)"
    if by.cost is not None and one.cost is not None:
        text += f" and as cheap ({words.significant(by.cost)} against {words.significant(one.cost)} per million)"
    return Reason("dominated", text, by.name)


def lost(one: Candidate, best: Candidate, chosen: Candidate, tests: Sequence[Comparison]) -> Reason:
    """Why a model that fits and is not dominated is not the one.

    Args:
        one: The model.
        best: The best of those that fit.
        chosen: The model that was chosen instead.
        tests: The best against the others.
    """
    test = next((test for test in tests if test.other is one.model), None)
    if test is not None and not test.indistinct:
        scored = f"{words.decimal(best.quality.value)} of {best.name}"
        return Reason(
            "worse", f"fits, but scores {words.decimal(one.quality.value)} against {scored}; {relation(best, test)}", best.name
        )
    if test is None:
        tie = f"fits and scores highest ({words.decimal(one.quality.value)}), but it and {chosen.name} are not distinguishable"
    elif chosen is best:
        tie = f"fits, but {relation(best, test)}"
    else:
        tie = f"fits, but like {chosen.name} it is not distinguishable from {best.name}"
    dearer = one.expense > chosen.expense
    end = f"dearer ({spending(one, chosen)})" if dearer else f"lower in quality and hardly cheaper ({spending(one, chosen)})"
    return Reason("dearer" if dearer else "worse", f"{tie}, and it is {end}", chosen.name)


def relation(best: Candidate, test: Comparison) -> str:
    """What a paired test says of the best model and another one, as a clause."""
    if test.test is None:
        return f"whether {best.name} and {test.other.name} differ by more than chance was {test.verdict}"
    if test.p_value > ALPHA:
        return f"{best.name} and {test.other.name} are {test.verdict}"
    direction, _, how_far = test.verdict.partition(" ")
    return f"{best.name} is {direction} than {test.other.name} {how_far}"


def spending(one: Candidate, other: Candidate) -> str:
    """What two models cost, or where that is not known how long they take."""
    if one.cost is not None and other.cost is not None:
        return f"{words.significant(one.cost)} against {words.significant(other.cost)} per million"
    return f"p95 {words.significant(one.p95_ms)} against {words.significant(other.p95_ms)} ms"
