"""What runs a network's forward pass: torch as it is, or a faster runtime from ``nlpref.acceleration``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from nlpref import storage
from nlpref.neural.backbone import load_weights, save_weights
from nlpref.neural.batching import Plan, alone, padded
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch

__all__ = ["Engine", "TorchEngine", "forward", "load_engine", "save_engine", "tensors"]

Floats = NDArray[np.float32]
ENGINE = "engine"
"""Sub-folder of a component that is run by something else than torch."""
SETTINGS = "torch_engine.json"


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


class TorchEngine:
    """The network as it is, with torch's fused attention, on the device where its weights are.

    Args:
        network: What is run.
        deterministic: Run every text alone, so that its bits do not depend on the others of the call.
    """

    def __init__(self, network: EncoderNetwork, deterministic: bool = False) -> None:
        self.network = network
        self.deterministic = deterministic

    @property
    def dim(self) -> int:
        """Width of a row of output."""
        head = self.network.head
        return int(self.network.backbone.config.hidden_size if head is None else head.out_features)

    def plan(self, lengths: Sequence[int], size: int) -> Plan:
        """Padded batches, or every text alone."""
        return (alone if self.deterministic else padded)(lengths, size)

    def run(self, batches: Iterable[Batch]) -> Iterator[Floats]:
        """One batch after the other; the network must be in evaluation mode."""
        device = next(self.network.parameters()).device
        for batch in batches:
            with torch.inference_mode():
                output = self.network(**{name: tensor.to(device) for name, tensor in tensors(batch).items()})
            yield output.cpu().numpy()


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


def tensors(batch: Batch) -> dict[str, torch.Tensor]:
    """A batch as torch takes it."""
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def save_engine(engine: Engine, folder: Path) -> None:
    """Write what runs a component into the component's folder."""
    if not isinstance(engine, TorchEngine):
        saved: Any = engine
        saved.save(folder / ENGINE)
        return
    network = engine.network
    save_weights(network if network.head is not None else network.backbone, network.backbone, folder)
    if engine.deterministic:
        storage.write_json(folder / SETTINGS, {"deterministic": True})


def load_engine(folder: Path, build: Callable[[], EncoderNetwork]) -> Engine:
    """Read what ``save_engine`` wrote; ``build`` makes the untrained network if torch is to run it."""
    if (folder / ENGINE).is_dir():
        loaded: Engine = storage.load_component(folder / ENGINE)
        return loaded
    network = build()
    load_weights(network if network.head is not None else network.backbone, folder)
    settings = storage.read_json(folder / SETTINGS) if (folder / SETTINGS).is_file() else {}
    return TorchEngine(network.eval(), **settings)
