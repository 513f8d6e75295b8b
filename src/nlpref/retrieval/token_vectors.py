"""The token vectors of a text in few bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage

__all__ = ["PRECISIONS", "TokenVectors"]

PRECISIONS = ("float32", "float16", "int8")
LEVELS = 127
FILES = ("token_vectors.npy", "token_scales.npy", "token_texts.json")


@dataclass(frozen=True, eq=False)
class TokenVectors:
    """Vectors of the tokens of one text.

    Args:
        codes: The vectors, (n_tokens, dim), as numbers of 4, 2 or 1 bytes.
        scales: What the codes of a token are multiplied by, (n_tokens,); 1 but for ``int8``.
    """

    codes: NDArray[Any]
    scales: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, vectors: NDArray[np.float32], precision: str) -> Self:
        """Round float32 vectors, (n_tokens, dim), to a precision of ``PRECISIONS``."""
        if precision != "int8":
            return cls(vectors.astype(precision), np.ones(len(vectors), dtype=np.float32))
        largest = np.abs(vectors).max(axis=1, initial=0.0)
        scales = np.where(largest > 0, largest / LEVELS, 1.0).astype(np.float32)
        return cls(np.rint(vectors / scales[:, None]).astype(np.int8), scales)

    def floats(self) -> NDArray[np.float32]:
        """The vectors that the codes stand for, (n_tokens, dim)."""
        return np.asarray(self.codes, dtype=np.float32) * self.scales[:, None]

    @classmethod
    def save_all(cls, texts: Mapping[bytes, Self], folder: Path) -> None:
        """Write the vectors of many texts, by a key for each, one after the other; nothing if there are none."""
        if not texts:
            return
        ordered = sorted(texts.items())
        first = ordered[0][1].codes
        total = sum(len(found) for _, found in ordered)
        if total:
            shape = (total, first.shape[1])
            written = np.lib.format.open_memmap(folder / FILES[0], mode="w+", dtype=first.dtype, shape=shape)
            place = 0
            for _, found in ordered:
                written[place : place + len(found)] = found.codes
                place += len(found)
            written.flush()
            del written
        np.save(folder / FILES[1], np.concatenate([found.scales for _, found in ordered]), allow_pickle=False)
        storage.write_json(folder / FILES[2], {key.hex(): len(found) for key, found in ordered} | {"width": first.shape[1]})

    @classmethod
    def load_all(cls, folder: Path) -> dict[bytes, Self]:
        """Read what ``save_all`` wrote; vectors are mapped from the file, not copied."""
        if not (folder / FILES[2]).is_file():
            return {}
        counts = storage.read_json(folder / FILES[2])
        width = counts.pop("width")
        scales = np.load(folder / FILES[1], allow_pickle=False)
        codes: NDArray[Any] = np.zeros((0, width), dtype=np.int8)
        if len(scales):
            codes = np.load(folder / FILES[0], mmap_mode="r", allow_pickle=False)
        found, place = {}, 0
        for key, count in counts.items():
            found[bytes.fromhex(key)] = cls(codes[place : place + count], scales[place : place + count])
            place += count
        return found
