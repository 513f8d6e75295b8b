"""What each action costs for a text of each label, in the user's own currency."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.probabilities import check_numbers, check_probabilities

__all__ = ["PERSON", "CostMatrix", "Costs", "FlatCosts"]

PERSON = "person"
"""The action of passing a text to a person."""
Floats = NDArray[np.float64]


class Costs(Protocol):
    """Whatever gives a cost matrix for the labels of a classifier."""

    def matrix(self, labels: Sequence[str]) -> CostMatrix:
        """The costs with one row for each of the labels, in their order."""
        ...


@dataclass(frozen=True)
class CostMatrix:
    """Costs written out: for a text that is truly of a label, what each action costs.

    An action with the name of a label gives that label; any other, such as "person", gives none.

    Args:
        table: ``{true label: {action: cost}}``; every label has the same actions. A number of any kind is a cost, numpy's
            among them, and kept as one of Python's; True and False are none.
        currency: Unit of the costs, for messages.

    Raises:
        InputError: if rows have different actions, a cost is negative or not finite, or there is nothing to choose from.

    Example:
        >>> costs = CostMatrix({"spam": {"spam": 0, "ham": 1}, "ham": {"spam": 20, "ham": 0}}, currency="EUR")
        >>> costs.expected(np.array([[0.9, 0.1]])).round(2).tolist()  # of the actions spam and ham
        [[2.0, 0.9]]
    """

    table: Mapping[str, Mapping[str, float]]
    currency: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.table, Mapping) or not all(isinstance(row, Mapping) and row for row in self.table.values()):
            raise InputError(f"costs must be a table {{true label: {{action: cost}}}}, got {self.table!r:.80}")
        if not self.table:
            raise InputError("a cost matrix needs at least one label, got none")
        for label, row in self.table.items():
            if odd := sorted(set(map(str, row)) ^ set(self.actions)):
                raise InputError(
                    f"every label needs the same actions as {next(iter(self.table))!r}; {label!r} differs in {odd[:5]}"
                )
        object.__setattr__(
            self,
            "table",
            {
                label: {action: _cost(cost, f"the cost of {action!r} for a text of {label!r}") for action, cost in row.items()}
                for label, row in self.table.items()
            },
        )

    @classmethod
    def from_array(cls, labels: Sequence[str], actions: Sequence[str], costs: Any, currency: str = "") -> Self:
        """From numbers of shape (n_labels, n_actions).

        Raises:
            InputError: if something in them is no number, the shape does not fit, or as for the class.
        """
        numbers = check_numbers(costs, "costs", f"a table of {len(labels)} labels by {len(actions)} actions")
        if numbers.shape != (len(labels), len(actions)):
            raise InputError(
                f"costs must have shape (n_labels, n_actions) = ({len(labels)}, {len(actions)}), got {numbers.shape}"
            )
        if len(set(labels)) != len(labels) or len(set(actions)) != len(actions):
            raise InputError(f"labels and actions must be distinct, got {list(labels)} and {list(actions)}")
        rows = (dict(zip(actions, row, strict=True)) for row in numbers.tolist())
        return cls(dict(zip(labels, rows, strict=True)), currency)

    @property
    def labels(self) -> tuple[str, ...]:
        """The true labels, in the order of the rows."""
        return tuple(self.table)

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, in the order of the columns."""
        return tuple(next(iter(self.table.values())))

    @property
    def costs(self) -> Floats:
        """Float64, (n_labels, n_actions)."""
        return np.array([[row[action] for action in self.actions] for row in self.table.values()], dtype=np.float64)

    def matrix(self, labels: Sequence[str]) -> CostMatrix:
        """The same costs in the order of a classifier's labels.

        Raises:
            InputError: if the labels are not those of the matrix.
        """
        if missing := sorted(set(labels) - set(self.table)):
            raise InputError(f"the cost matrix lacks {missing[:5]}, which the classifier knows; add a row for each")
        if unknown := sorted(set(self.table) - set(labels)):
            raise InputError(
                f"the cost matrix has rows for {unknown[:5]}, which the classifier does not know; it knows {labels[:5]}"
            )
        return CostMatrix({label: self.table[label] for label in labels}, self.currency)

    def expected(self, probabilities: NDArray[Any]) -> Floats:
        """Expected cost of each action, float64, (n_texts, n_actions), from probabilities, (n_texts, n_labels).

        Raises:
            InputError: if they are no rows of one probability for each label that sum to 1.
        """
        return np.asarray(check_probabilities(probabilities, len(self.table)) @ self.costs, dtype=np.float64)


@dataclass(frozen=True)
class FlatCosts:
    """The same cost for every wrong answer, and one for a person's answer, which is taken to be right.

    Args:
        wrong: Cost of a wrong answer.
        person: Cost of passing a text to a person; None if there is nobody to pass it to.
        currency: Unit of the costs, for messages.

    Raises:
        InputError: if a cost is negative or not finite.

    Source: Chow 1970: a text is passed on if its probability of error is above ``person / wrong``.
    """

    wrong: float = 1.0
    person: float | None = None
    currency: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "wrong", _cost(self.wrong, "the cost of a wrong answer"))
        if self.person is not None:
            object.__setattr__(self, "person", _cost(self.person, "the cost of passing a text to a person"))

    def matrix(self, labels: Sequence[str]) -> CostMatrix:
        """One row and one action for each label, and the person.

        Raises:
            InputError: if a label has the name of the person's action.
        """
        if self.person is not None and PERSON in labels:
            raise InputError(
                f"a label is named {PERSON!r}, as is passing a text on; give a CostMatrix with another action instead"
            )
        more = {} if self.person is None else {PERSON: float(self.person)}
        table = {
            label: {**{action: 0.0 if action == label else float(self.wrong) for action in labels}, **more} for label in labels
        }
        return CostMatrix(table, self.currency)


def _cost(given: Any, name: str) -> float:
    """The cost as a number of Python's own, which a file can hold."""
    number = math.nan
    if isinstance(given, Real) and not isinstance(given, bool):
        with contextlib.suppress(OverflowError):  # a whole number may be too large for a float
            number = float(given)
    if not math.isfinite(number):
        raise InputError(f"{name} must be a finite number, got {given!r:.80}")
    if number < 0:
        raise InputError(f"{name} is {given!r}; costs are 0 or more: for a gain, add the same to all costs of the label")
    return given if type(given) is int else number
