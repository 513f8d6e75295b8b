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
    """Rows with the outputs of the torch network, and the least cosine that an export must keep to them."""

    rows: Sequence[Row]
    least: float

    def save(self, folder: Path) -> None:
        """Write ``golden.npz``."""
        arrays: dict[str, NDArray[np.generic]] = {"least": np.array(self.least)}
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
            return cls(found, float(arrays["least"]))


def padded_batches(rows: Sequence[Row], size: int) -> list[Batch]:
    """Rows in the order given, so of unequal lengths, padded to the longest of each batch."""
    batches = []
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        width = max(row.length for row in part)
        batches.append({name: stack([row.inputs[name].tolist() for row in part], width, 0) for name in part[0].inputs})
    return batches


def cosines(rows: Sequence[Row], outputs: Sequence[Floats]) -> NDArray[np.float64]:
    """Cosine between each row's output and another one of the same text, (n_rows,).

    A single number has no direction; the difference, measured in standard deviations of all rows, takes the place of the angle:
    ``1 - difference**2 / 2``, as the cosine of a small angle is.
    """
    if rows[0].output.size == 1:
        ours = np.array([float(row.output[0]) for row in rows])
        theirs = np.array([float(output.ravel()[0]) for output in outputs])
        near: NDArray[np.float64] = 1 - ((ours - theirs) / max(float(ours.std()), 1e-6)) ** 2 / 2
        return near
    found = []
    for row, output in zip(rows, outputs, strict=True):
        a, b = row.output.astype(np.float64), output.ravel().astype(np.float64)
        found.append(float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-30)))
    return np.array(found)
