"""A few inputs and what the network made of them, kept with an export to see that it still makes the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref.neural.subwords import Batch, stack

__all__ = ["Golden", "Row", "cosines", "padded_batches"]

Floats = NDArray[np.float32]
FILE = "golden.npz"


@dataclass(frozen=True)
class Row:
    """One text as the network takes it, without padding, and the network's output for it, flattened.

    Args:
        inputs: By name, each (n_tokens,).
        output: A vector, or for a network that answers token by token, its rows one after the other.
    """

    inputs: Mapping[str, NDArray[np.int64]]
    output: Floats

    @property
    def length(self) -> int:
        """Tokens."""
        return len(self.inputs["input_ids"])


@dataclass(frozen=True)
class Golden:
    """Rows with the outputs of the torch network, and for each how near an export must come to it, (n_rows,)."""

    rows: Sequence[Row]
    floors: Sequence[float]

    def save(self, folder: Path) -> None:
        """Write ``golden.npz``."""
        arrays: dict[str, NDArray[np.generic]] = {"floors": np.array(self.floors)}
        for number, row in enumerate(self.rows):
            arrays |= {f"{number}/{name}": array for name, array in row.inputs.items()}
            arrays[f"{number}/output"] = row.output
        np.savez(folder / FILE, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            rows: dict[int, dict[str, NDArray[np.int64]]] = {}
            for key in arrays.files:
                number, _, name = key.partition("/")
                if name:
                    rows.setdefault(int(number), {})[name] = arrays[key]
            outputs = [row.pop("output").astype(np.float32) for row in rows.values()]
            found = [Row(inputs, output) for inputs, output in zip(rows.values(), outputs, strict=True)]
            return cls(found, arrays["floors"].tolist())


def padded_batches(rows: Sequence[Row], size: int, extra: int = 0) -> list[Batch]:
    """Rows in the order given, so of unequal lengths, padded to the longest of each batch and ``extra`` columns more."""
    batches = []
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        width = max(row.length for row in part) + extra
        batches.append({name: stack([row.inputs[name].tolist() for row in part], width, 0) for name in part[0].inputs})
    return batches


def cosines(rows: Sequence[Row], outputs: Sequence[Floats]) -> NDArray[np.float64]:
    """How near each row's output is to another one of the same text, (n_rows,); 1 is the same.

    ``1 - |a - b|**2 / (2 |a|**2)``, which for vectors of one length is their cosine; an output that points the same way but is
    longer or shorter, as logits could be, is not the same. A single number has no direction: there the spread of all rows, as
    their standard deviation, takes the place of ``|a|``.
    """
    ours = [row.output.astype(np.float64).ravel() for row in rows]
    theirs = [output.astype(np.float64).ravel() for output in outputs]
    if ours[0].size == 1:
        sizes = np.full(len(ours), max(float(np.std(ours)), 1e-6))
    else:
        sizes = np.array([max(float(np.linalg.norm(a)), 1e-12) for a in ours])
    apart = np.array([float(np.linalg.norm(a - b)) for a, b in zip(ours, theirs, strict=True)])
    near: NDArray[np.float64] = 1 - (apart / sizes) ** 2 / 2
    return near
