"""What people save on each text, one day's plan, and the curve of error against capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from nlpref.decisions.costs import PERSON, CostMatrix
from nlpref.errors import InputError
from nlpref.held_out import Indices
from nlpref.probabilities import check_probabilities
from nlpref.types import Decision

__all__ = ["CurvePoint", "ReviewPlan", "Triage", "review_curve"]

Floats = NDArray[np.float64]


class CurvePoint(TypedDict):
    """Share of texts that people take, and share of all texts that is then answered wrongly."""

    reviewed: float
    expected_error: float
    observed_error: float


@dataclass(frozen=True)
class ReviewPlan:
    """One day.

    Args:
        people: Positions of the texts that go to people, those on which they save most first.
        decisions: One for each text, in the order of the texts.
        expected_errors: Number of texts that are expected to be answered wrongly.
        expected_cost: Of all texts, in the unit of the costs.
    """

    people: tuple[int, ...]
    decisions: tuple[Decision, ...]
    expected_errors: float
    expected_cost: float


@dataclass(frozen=True)
class Triage:
    """The best that can be done with each text without a person, and what a person would save.

    Args:
        actions: Names of the actions.
        labels: Number of the action that gives each label, -1 if none does, (n_labels,).
        answers: Number of the action of least expected cost but for the person, (n_texts,).
        errors: Probability that this answer is wrong, 0 for one that gives no label, (n_texts,).
        answer_costs: Its expected cost, (n_texts,).
        person_costs: That of a person, (n_texts,).
    """

    actions: tuple[str, ...]
    labels: Indices
    answers: Indices
    errors: Floats
    answer_costs: Floats
    person_costs: Floats

    @classmethod
    def of(cls, matrix: CostMatrix, probabilities: NDArray[Any]) -> Self:
        """From costs with the action of a person, and probabilities, (n_texts, n_labels).

        Raises:
            InputError: if they are no rows of one probability for each label that sum to 1.
        """
        actions, table = matrix.actions, check_probabilities(probabilities, len(matrix.labels))
        person, expected = actions.index(PERSON), matrix.expected(table)
        alone = expected.copy()
        alone[:, person] = np.inf
        answers = alone.argmin(axis=1)
        labels = np.array([actions.index(label) if label in actions else -1 for label in matrix.labels], dtype=np.intp)
        says = answers[:, None] == labels  # the label that an answer gives, if any
        errors = np.where(says.any(axis=1), 1 - (table * says).sum(axis=1), 0.0)
        return cls(actions, labels, answers, np.clip(errors, 0, 1), alone.min(axis=1), expected[:, person])

    @property
    def savings(self) -> Floats:
        """Expected cost of the answer less that of a person, (n_texts,)."""
        return np.asarray(self.answer_costs - self.person_costs, dtype=np.float64)

    def wrong(self, targets: Indices) -> NDArray[np.bool_]:
        """Which answers are wrong given the columns of the gold labels, -1 for one that is not known, (n_texts,)."""
        gives_label = np.isin(self.answers, self.labels[self.labels >= 0])
        return np.asarray(gives_label & ((targets < 0) | (self.labels[targets] != self.answers)))


def review_curve(triage: Triage, targets: Indices, points: int = 21) -> list[CurvePoint]:
    """Error that remains as people take more and more texts, those first on which they save most.

    Args:
        triage: Of the texts.
        targets: Columns of their gold labels.
        points: Number of points from nothing reviewed to everything.

    Raises:
        InputError: if there are fewer than 2 points.
    """
    if not isinstance(points, int) or points < 2:
        raise InputError(f"a curve needs at least 2 points, got {points!r}")
    order, n = np.argsort(-triage.savings, kind="stable"), len(targets)
    expected, observed = triage.errors[order], triage.wrong(targets)[order]
    made = []
    for share in np.linspace(0, 1, points):
        taken = round(float(share) * n)
        left = slice(taken, None)
        made.append(
            CurvePoint(
                reviewed=taken / n,
                expected_error=float(expected[left].sum() / n),
                observed_error=float(observed[left].sum() / n),
            )
        )
    return made
