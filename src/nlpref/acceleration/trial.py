"""One backend and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.acceleration.gate import Verdict

__all__ = ["Trial"]


@dataclass(frozen=True)
class Trial:
    """One backend and what came of it.

    Args:
        backend: Its name.
        model: The model with that backend; None if it was refused.
        verdicts: The gate's verdict on each neural part of the model.
        refused: Why it may not be used; empty if it may.
        one_ms: Median time of one input, in ms; None if it was not timed.
        all_ms: Median time of the whole sample at once, in ms; None if it was not timed.
        ratios: Of both times to those of torch, by ``one`` and ``all``, each ``[value, low, high]``.
    """

    backend: str
    model: Any = None
    verdicts: tuple[Verdict, ...] = ()
    refused: str = ""
    one_ms: float | None = None
    all_ms: float | None = None
    ratios: Mapping[str, Sequence[float]] | None = None

    def figures(self) -> dict[str, Any]:
        """What was measured, as JSON values."""
        times = {"one_ms": self.one_ms, "all_ms": self.all_ms, "ratios": self.ratios}
        found = {"backend": self.backend, "refused": self.refused, **times}
        kept = {name: value for name, value in found.items() if value not in (None, "")}
        return {**kept, "gate": [verdict.figures() for verdict in self.verdicts]}
