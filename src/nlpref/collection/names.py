"""Strings by number and numbers by string, over arrays that may lie on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["NameTable"]


class NameTable:
    """Distinct names, numbered from 0; a name is found by binary search among sorted 64-bit hashes.

    Nothing is read when it is opened, so that a table of a million names costs no time and no memory.

    Args:
        blob: All names in UTF-8, one after the other, uint8.
        ends: Where each ends in the blob, int64, (n_names,).
        keys: Their hashes, rising, uint64, (n_names,).
        places: The number of the name that each hash is of, int32, (n_names,).

    Example:
        >>> table = NameTable.of(["north", "east"])
        >>> table[1], table.find(["east", "west"]).tolist()
        ('east', [1, -1])
    """

    def __init__(
        self, blob: NDArray[np.uint8], ends: NDArray[np.int64], keys: NDArray[np.uint64], places: NDArray[np.int32]
    ) -> None:
        self.blob = blob
        self.ends = ends
        self.keys = keys
        self.places = places
        self._read: dict[int, str] = {}

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """A table in memory."""
        encoded = [name.encode("utf-8") for name in names]
        blob = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        ends = np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)), dtype=np.int64)
        keys = _keys(names)
        order = np.argsort(keys, kind="stable")
        return cls(blob, ends, keys[order], order.astype(np.int32))

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Self:
        """The table that ``arrays`` of it were kept as."""
        return cls(*(arrays[f"{name}_{part}"] for part in ("blob", "ends", "keys", "places")))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What ``read`` takes."""
        return {f"{name}_{part}": getattr(self, part) for part in ("blob", "ends", "keys", "places")}

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, number: int) -> str:
        if (name := self._read.get(number)) is None:
            start = int(self.ends[number - 1]) if number else 0
            name = self._read[number] = self.blob[start : int(self.ends[number])].tobytes().decode("utf-8")
        return name

    def all(self) -> list[str]:
        """Every name, in order."""
        content, ends = self.blob.tobytes(), self.ends.tolist()
        return [content[start:end].decode("utf-8") for start, end in zip([0, *ends], ends, strict=False)]

    def find(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The number of each name, (n,); -1 for one that is not here."""
        found = np.full(len(names), -1, dtype=np.int64)
        if not len(self) or not len(names):
            return found
        wanted = _keys(names)
        at = np.searchsorted(self.keys, wanted)
        near = self.keys[np.minimum(at, len(self) - 1)] == wanted
        for row in np.flatnonzero(near).tolist():
            place = int(at[row])
            while place < len(self) and self.keys[place] == wanted[row]:  # two names may have one hash
                if self[int(self.places[place])] == names[row]:
                    found[row] = self.places[place]
                    break
                place += 1
        return found


def _keys(names: Sequence[str]) -> NDArray[np.uint64]:
    digests = [hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64, copy=False)
