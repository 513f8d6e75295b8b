"""The network run by torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from nlpref import storage
from nlpref.neural.backbone import load_weights, save_weights
from nlpref.neural.batching import Plan, alone, padded
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.pooling import keep_pooling
from nlpref.neural.subwords import Batch

__all__ = ["TorchEngine", "load_torch_engine", "tensors"]

Floats = NDArray[np.float32]
SETTINGS = "torch_engine.json"


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

    def save_in(self, folder: Path) -> None:
        """Write weights and configuration."""
        network = self.network
        save_weights(network if network.head is not None else network.backbone, network.backbone, folder)
        keep_pooling(network.pooling, folder)
        if self.deterministic:
            storage.write_json(folder / SETTINGS, {"deterministic": True})


def load_torch_engine(folder: Path, network: EncoderNetwork) -> TorchEngine:
    """Fill an untrained network with what ``save_in`` wrote."""
    load_weights(network if network.head is not None else network.backbone, folder)
    settings = storage.read_json(folder / SETTINGS) if (folder / SETTINGS).is_file() else {}
    return TorchEngine(network.eval(), **settings)


def tensors(batch: Batch) -> dict[str, torch.Tensor]:
    """A batch as torch takes it."""
    return {name: torch.from_numpy(array) for name, array in batch.items()}
