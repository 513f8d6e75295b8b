"""What labelling functions say of texts: one vote, or an abstention, of each function on each text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.text.checks import check_texts
from nlpref.weak_supervision.functions import LabellingFunction

__all__ = ["ABSTAIN", "Votes", "apply"]

ABSTAIN = -1
"""Stands in the table where a function says nothing."""


@dataclass(frozen=True, eq=False)
class Votes:
    """The votes of some functions on some texts.

    Args:
        labels: What can be voted for.
        names: Of the functions, one for each column.
        table: Whole numbers, (n_texts, n_functions): the position of the label voted for, or ``ABSTAIN``.

    Raises:
        InputError: if labels or names repeat, the table does not have their shape, or holds another number.

    Example:
        >>> votes = Votes(("ham", "spam"), ("link", "short"), np.array([[1, 0], [ABSTAIN, 0], [ABSTAIN, ABSTAIN]]))
        >>> votes.counts().tolist(), votes.covered.tolist()
        ([[1, 1], [1, 0], [0, 0]], [True, True, False])
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    table: NDArray[np.integer]

    def __post_init__(self) -> None:
        for what, given in (("labels", self.labels), ("names of functions", self.names)):
            if len(set(given)) != len(given) or not given:
                raise InputError(f"{what} must be distinct, and one at least, got {list(given)}")
        if self.table.ndim != 2 or self.table.shape[1] != len(self.names):
            raise InputError(f"votes need shape (n_texts, n_functions) with {len(self.names)} functions, got {self.table.shape}")
        if self.table.size and not ABSTAIN <= self.table.min() <= self.table.max() < len(self.labels):
            raise InputError(
                f"votes must lie between {ABSTAIN} (abstains) and {len(self.labels) - 1} (the last label), "
                f"got {self.table.min()} to {self.table.max()}"
            )

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Whether any function votes on a text, (n_texts,)."""
        return np.asarray((self.table != ABSTAIN).any(axis=1))

    def counts(self) -> NDArray[np.int64]:
        """Votes for each label, (n_texts, n_labels)."""
        return np.asarray(self.indicators().sum(axis=1), dtype=np.int64)

    def indicators(self) -> NDArray[np.bool_]:
        """Whether a function votes for a label on a text, (n_texts, n_functions, n_labels)."""
        return np.asarray(self.table[:, :, None] == np.arange(len(self.labels)))

    def __len__(self) -> int:
        return len(self.table)


def apply(functions: Sequence[LabellingFunction], texts: Sequence[str]) -> Votes:
    """Let every function vote on every text.

    Returns:
        The votes; their labels are all that any of the functions may vote for, sorted.

    Raises:
        InputError: if there is no function, two have the same name, or one raises, votes for a label that it does not
            name, or does not give one vote for each text; the message names the function and the text.
    """
    texts = check_texts(texts)
    if isinstance(functions, str) or not isinstance(functions, Sequence) or not functions:
        raise InputError(f"functions must be a list of labelling functions, one at least, got {functions!r:.80}")
    for position, function in enumerate(functions):
        if not isinstance(function, LabellingFunction):
            raise InputError(
                f"functions[{position}] is a {type(function).__name__} ({function!r:.60}), expected a labelling function: "
                "something with name, labels and vote(texts)"
            )
    labels = tuple(sorted({label for function in functions for label in function.labels}))
    table = np.full((len(texts), len(functions)), ABSTAIN, dtype=np.int64)
    for column, function in enumerate(functions):
        table[:, column] = [ABSTAIN if vote is None else labels.index(vote) for vote in _votes_of(function, texts)]
    return Votes(labels, tuple(function.name for function in functions), table)


def _votes_of(function: LabellingFunction, texts: list[str]) -> list[str | None]:
    try:
        votes = list(function.vote(texts))
    except Exception as error:
        if isinstance(error, InputError) and repr(function.name) in str(error):  # its settings are wrong, and it says so
            raise
        number, found = _culprit(function, texts, error)
        raise InputError(
            f"labelling function {function.name!r} fails on text {number} ({texts[number][:60]!r}) with "
            f"{type(found).__name__}: {found}; make it abstain (None) where it cannot tell"
        ) from error
    if len(votes) != len(texts):
        raise InputError(
            f"labelling function {function.name!r} gives {len(votes)} votes on {len(texts)} texts, expected one each"
        )
    for number, vote in enumerate(votes):
        if vote is not None and vote not in function.labels:
            raise InputError(
                f"labelling function {function.name!r} votes {vote!r} on text {number} ({texts[number][:60]!r}), "
                f"expected None or one of its labels {list(function.labels)}"
            )
    return votes


def _culprit(function: LabellingFunction, texts: list[str], error: Exception) -> tuple[int, Exception]:
    """The first text on which a function fails when it is asked alone; the first of all if there is none."""
    for number, text in enumerate(texts):
        try:
            function.vote([text])
        except Exception as alone:
            return number, alone
    return 0, error
