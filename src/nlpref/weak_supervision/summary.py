"""Coverage, overlaps, conflicts and accuracy of labelling functions: what to look at while writing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlpref.errors import InputError
from nlpref.weak_supervision.votes import ABSTAIN, Votes

__all__ = ["FunctionSummary", "summarise"]


@dataclass(frozen=True)
class FunctionSummary:
    """One labelling function on some texts. Shares are of all texts.

    Args:
        name: Of the function.
        polarity: Labels that it voted for.
        coverage: Share on which it votes.
        overlaps: Share on which it votes and so does another.
        conflicts: Share on which it votes and another votes for something else.
        accuracy: Share of its votes that are right; None without gold labels, or without votes.
        warning: What is suspicious about it, or empty.
    """

    name: str
    polarity: tuple[str, ...]
    coverage: float
    overlaps: float
    conflicts: float
    accuracy: float | None
    warning: str


def summarise(votes: Votes, gold: Sequence[str] | None = None) -> tuple[FunctionSummary, ...]:
    """A summary for each function, in their order.

    Args:
        votes: On some texts, one at least.
        gold: The label of each of the texts, if they are known.

    Raises:
        InputError: if there is no text, or not one gold label for each.

    Source: Ratner et al. 2017 (Snorkel), for the names and what they mean.

    Example:
        >>> votes = Votes(("ham", "spam"), ("link", "short"), np.array([[1, 0], [1, -1], [-1, -1], [-1, 0]]))
        >>> [(one.coverage, one.overlaps, one.conflicts) for one in summarise(votes)]
        [(0.5, 0.25, 0.25), (0.5, 0.25, 0.25)]
        >>> summarise(votes, ["spam", "spam", "ham", "ham"])[1].accuracy
        0.5
    """
    if not len(votes) or (gold is not None and len(gold) != len(votes)):
        given = "" if gold is None else f" and {len(gold)} gold labels"
        raise InputError(f"a summary needs one text or more, and a gold label for each or none, got {len(votes)} texts{given}")
    cast = votes.table != ABSTAIN
    voters = cast.sum(axis=1)
    counts = votes.counts()
    known = {label: position for position, label in enumerate(votes.labels)}
    truth = None if gold is None else np.array([known.get(label, len(known)) for label in gold])
    found = []
    for column, name in enumerate(votes.names):
        own, given_votes = cast[:, column], votes.table[:, column]
        agreeing = counts[np.arange(len(votes)), np.maximum(given_votes, 0)]
        accuracy = None if truth is None or not own.any() else float((given_votes == truth)[own].mean())
        polarity = tuple(votes.labels[code] for code in np.unique(given_votes[own]))
        found.append(
            FunctionSummary(
                name=name,
                polarity=polarity,
                coverage=float(own.mean()),
                overlaps=float((own & (voters > 1)).mean()),
                conflicts=float((own & (voters > agreeing)).mean()),
                accuracy=accuracy,
                warning=_warning(bool(own.any()), accuracy, len(votes.labels)),
            )
        )
    return tuple(found)


def _warning(votes: bool, accuracy: float | None, n_labels: int) -> str:
    if not votes:
        return "abstains on every text"
    return "no better than chance" if accuracy is not None and accuracy <= 1 / n_labels else ""
