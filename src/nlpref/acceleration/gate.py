"""The gate: an export that answers differently is refused, with the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nlpref.acceleration.golden import Row, cosines
from nlpref.acceleration.quality import Answers, compare

__all__ = ["LIMITS", "Level", "Limits", "Verdict", "judge"]

Level = Literal["exact", "task"]


@dataclass(frozen=True)
class Limits:
    """What an export must keep.

    Args:
        least_cosine: Of every text's output to the reference.
        mean_cosine: Over the texts.
        same_answers: Share of examples with the very same label, spans or order.
        loss: Most that the task's metric may fall on the sample; the verdict says when the paired interval reaches farther.
    """

    least_cosine: float
    mean_cosine: float
    same_answers: float
    loss: float


LIMITS: dict[Level, Limits] = {
    "exact": Limits(least_cosine=0.9999, mean_cosine=0.9999, same_answers=1.0, loss=0.0),
    "task": Limits(least_cosine=0.9, mean_cosine=0.99, same_answers=0.0, loss=0.005),
}
"""``exact``: nothing a user could see may change. ``task``: the answers may move a little, the task's score may not."""


@dataclass(frozen=True)
class Verdict:
    """What the gate found.

    Args:
        level: ``exact`` or ``task``.
        n: Examples of the sample.
        texts: Texts whose outputs were compared, in padded batches of unequal lengths.
        least_cosine: Least cosine of a text's output to the reference.
        mean_cosine: Mean of them.
        same_answers: Share of examples with the same answer.
        same_neighbour: For vectors, share of texts with the same nearest neighbour among the texts; else None.
        metric: Name of the task's metric; empty if the sample has none.
        reference: The metric before.
        accelerated: The metric after.
        difference: After less before, with ``low`` and ``high`` its 95 % interval, and the paired test's ``p_value``.
        faults: Why it is refused; empty if it passes.
    """

    level: Level
    n: int
    texts: int
    least_cosine: float
    mean_cosine: float
    same_answers: float
    same_neighbour: float | None = None
    metric: str = ""
    reference: float | None = None
    accelerated: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    faults: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the export may be used."""
        return not self.faults

    def figures(self) -> dict[str, Any]:
        """What was measured, as JSON values; what was not is absent."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items() if v is not None and v != ""}

    def __str__(self) -> str:
        parts = [
            f"{self.level} gate, n={self.n}",
            f"cosine least {self.least_cosine:.5f}, mean {self.mean_cosine:.5f}",
            f"same answer {self.same_answers:.2%}",
        ]
        if self.same_neighbour is not None:
            parts.append(f"same neighbour {self.same_neighbour:.1%}")
        if self.difference is not None:
            parts.append(
                f"{self.metric} {self.reference:.4f} -> {self.accelerated:.4f} "
                f"({self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}], p={self.p_value:.2f})"
            )
            if self.low is not None and self.low < -LIMITS["task"].loss:
                parts.append(f"the sample is too small to exclude a loss of more than {LIMITS['task'].loss}")
        return "; ".join(parts)


def judge(
    level: Level,
    rows: Sequence[Row],
    outputs: Sequence[NDArray[np.float32]],
    reference: Answers,
    accelerated: Answers,
    *,
    vectors: bool,
) -> Verdict:
    """Compare an export with the network it was made from.

    Args:
        level: How strict to be.
        rows: Recorded texts with the reference outputs.
        outputs: The export's outputs for the same texts.
        reference: What the model answers as it was.
        accelerated: What it answers with the export.
        vectors: Whether the outputs are embeddings, so that neighbours can be compared.
    """
    limits = LIMITS[level]
    near = cosines(rows, outputs)
    same = float(np.mean([a == b for a, b in zip(reference.given, accelerated.given, strict=True)]))
    test = compare(accelerated, reference)
    faults = []
    if not near.min() >= limits.least_cosine:
        faults.append(f"least cosine {near.min():.5f}, at least {limits.least_cosine} is needed")
    if not near.mean() >= limits.mean_cosine:
        faults.append(f"mean cosine {near.mean():.5f}, at least {limits.mean_cosine} is needed")
    if same < limits.same_answers:
        faults.append(f"{1 - same:.2%} of the answers are different, none may be")
    if test is not None and test.difference < -limits.loss:
        bounds = f"[{test.low:+.4f}, {test.high:+.4f}]"
        faults.append(f"{accelerated.metric} changes by {test.difference:+.4f} {bounds}, at least {-limits.loss} is needed")
    return Verdict(
        level=level,
        n=len(reference.given),
        texts=len(rows),
        least_cosine=float(near.min()),
        mean_cosine=float(near.mean()),
        same_answers=same,
        same_neighbour=_same_neighbour(rows, outputs) if vectors and len(rows) > 2 else None,
        metric=accelerated.metric,
        reference=reference.quality,
        accelerated=accelerated.quality,
        difference=test.difference if test else None,
        low=test.low if test else None,
        high=test.high if test else None,
        p_value=test.p_value if test else None,
        faults=tuple(faults),
    )


def _same_neighbour(rows: Sequence[Row], outputs: Sequence[NDArray[np.float32]]) -> float:
    before, after = np.stack([row.output for row in rows]), np.stack([output.ravel() for output in outputs])
    nearest = []
    for vectors in (before, after):
        similar = vectors @ vectors.T
        np.fill_diagonal(similar, -np.inf)
        nearest.append(similar.argmax(axis=1))
    return float(np.mean(nearest[0] == nearest[1]))
