"""An engine that notes what goes through another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpref.acceleration.golden import Row
from nlpref.neural.batching import Plan
from nlpref.neural.engine import Engine
from nlpref.neural.subwords import Batch

__all__ = ["RecordingEngine", "rows_of"]


class RecordingEngine:
    """Passes everything on, and keeps the inputs and outputs of every text.

    Args:
        engine: What runs the network.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rows: list[Row] = []

    @property
    def dim(self) -> int:
        """Width of a row of output."""
        return self.engine.dim

    def plan(self, lengths: Sequence[int], size: int) -> Plan:
        """As the other engine makes it."""
        return self.engine.plan(lengths, size)

    def save_in(self, folder: Path) -> None:
        """As the other engine does."""
        self.engine.save_in(folder)

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        """As the other engine does."""
        kept = list(batches)
        for batch, output in zip(kept, self.engine.run(kept), strict=True):
            self.rows += rows_of(batch, output)
            yield output


def rows_of(batch: Batch, output: NDArray[np.float32]) -> list[Row]:
    """The texts of a batch without their padding."""
    found = []
    for number, length in enumerate(batch["attention_mask"].sum(axis=1).tolist()):
        answer = output[number] if output.ndim == 2 else output[number, :length]
        found.append(Row({name: array[number, :length].copy() for name, array in batch.items()}, answer.ravel().copy()))
    return found
