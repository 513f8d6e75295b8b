"""What runs a network's forward pass: torch as it is, or a faster runtime from ``nlpref.acceleration``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.neural.batching import Plan
from nlpref.neural.subwords import Batch

if TYPE_CHECKING:
    from nlpref.neural.network import EncoderNetwork

__all__ = ["ENGINE", "Engine", "forward", "load_engine"]

Floats = NDArray[np.float32]
ENGINE = "engine"
"""Sub-folder of a component that is run by something else than torch."""


@runtime_checkable
class Engine(Protocol):
    """Runs batches through a network."""

    @property
    def dim(self) -> int:
        """Width of a row of output: of a vector, of the labels, of the tags of one token."""
        ...

    def plan(self, lengths: Sequence[int], size: int) -> Plan:
        """Which texts go together, given their lengths in tokens and the most texts in a batch."""
        ...

    def run(self, batches: Iterable[Batch]) -> Iterator[Floats]:
        """The network's output for each batch, in order, float32."""
        ...

    def save_in(self, folder: Path) -> None:
        """Write into the folder of a component; ``load_engine`` reads it."""
        ...


def forward(
    engine: Engine, lengths: Sequence[int], size: int, collate: Callable[[list[int]], Batch]
) -> Iterator[tuple[list[int], Floats]]:
    """Run all texts; gives the rows of each batch and the network's output for them.

    Args:
        engine: What runs them.
        lengths: Sub-words of each text.
        size: Most texts in a batch.
        collate: Makes the batch of some rows.
    """
    plan = engine.plan(lengths, size)
    yield from zip(plan, engine.run(collate(rows) for rows in plan), strict=True)


def load_engine(folder: Path, build: Callable[[], EncoderNetwork]) -> Engine:
    """Read what an engine's ``save_in`` wrote; ``build`` makes the untrained network if torch is to run it."""
    if (folder / ENGINE).is_dir():
        loaded: Engine = storage.load_component(folder / ENGINE)
        return loaded
    from nlpref.neural.torch_engine import load_torch_engine

    return load_torch_engine(folder, build())
