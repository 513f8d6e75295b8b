"""What was done with each text of a run that decides: the label that it was given, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import binomtest

from nlpref.results import Estimate

__all__ = ["OUTSIDE", "Outcome", "Outcomes", "share_of"]

OUTSIDE = "out of scope"
"""What is done with a text that is said to have none of the labels."""
DEFAULT = "oos"
"""The label of texts out of scope, where a record does not name it."""
KINDS = ("selection", "review", "costs")
"""Details of a record that tell of decisions, each made for every text by itself."""


@dataclass(frozen=True)
class Outcome:
    """What was done with one text.

    Args:
        row: Of ``predictions.jsonl``.
        label: The label that it was given; None if none was.
        action: What was done: "person", the name of a label, ``OUTSIDE``.
        confidence: Probability of the label; of the most probable one if none was given.
    """

    row: Mapping[str, Any]
    label: str | None
    action: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether it was given its label."""
        return self.label == str(self.row["gold"])


@dataclass(frozen=True)
class Outcomes:
    """What was done with all texts of a run.

    Args:
        each: One for each text, in the order of the split.
        kind: Which detail of the record tells of the decisions that were taken, one of ``KINDS``; None if there is none.
        outside: The label of texts out of scope, which is no label like others; None if the classifier has none.
        rejects: Whether a text can be called out of scope: not if nothing could be promised.
    """

    each: Sequence[Outcome]
    kind: str | None
    outside: str | None
    rejects: bool

    @classmethod
    def of(cls, details: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Outcomes:
        """From the details of a record and the rows of its ``predictions.jsonl``, at least one."""
        taken = any(row.get("decision") for row in rows)  # else what is around the component takes none
        kinds = [name for name in details if name in KINDS] if taken else []
        scope: Mapping[str, Any] | None = details.get("scope_threshold")
        outside = str(scope.get("label", DEFAULT)) if scope else None
        rejects = scope is not None and scope["value"] is not None
        return cls([_outcome(row, outside) for row in rows], kinds[-1] if kinds else None, outside, rejects)  # outermost: last

    @property
    def decides(self) -> bool:
        """Whether something else than the likeliest label can come out."""
        return self.kind is not None or self.rejects

    @property
    def labelled(self) -> list[Outcome]:
        """Those of the texts that were given a label."""
        return [one for one in self.each if one.label is not None]

    @property
    def unlabelled(self) -> list[Outcome]:
        """Those of the texts that were given none."""
        return [one for one in self.each if one.label is None]

    @property
    def right(self) -> int:
        """Texts that were given their label."""
        return sum(one.right for one in self.each)

    @property
    def wrong(self) -> int:
        """Texts that were given another label than their own."""
        return len(self.labelled) - self.right


def share_of(count: int, n: int) -> Estimate:
    """A share of ``n`` texts, at least one, with its exact 95 % interval, which is not empty at 0 or 1 either.

    Source: Clopper and Pearson 1934.

    Example:
        >>> found = share_of(45, 45)
        >>> round(found.low, 3), found.high
        (0.921, 1.0)
    """
    ends = binomtest(count, n).proportion_ci(0.95, method="exact")
    return Estimate(count / n, float(ends.low), float(ends.high))


def _outcome(row: Mapping[str, Any], outside: str | None) -> Outcome:
    decision: Mapping[str, Any] | None = row.get("decision")
    label = str(row["predicted"]) if decision is None else decision["label"]
    sure = float(row["probability"] if decision is None else decision["confidence"])
    if label is None or label == outside:
        return Outcome(row, None, OUTSIDE if label is not None else str(decision["action"] if decision else ""), sure)
    return Outcome(row, str(label), str(label), sure)
