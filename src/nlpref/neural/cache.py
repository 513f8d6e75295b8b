"""An encoder that remembers its vectors on disk, by content."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.protocols import Encoder
from nlpref.text.checks import check_role, check_texts

__all__ = ["CachedEncoder", "cache_root"]

T = TypeVar("T")

BLOCK = 4096
"""Texts encoded between two writes, so that an interrupted run keeps most of its work."""
VARIABLES = 500
"""Keys in one query; sqlite builds may allow no more than 999."""
WAIT_S = 60.0
"""Patience with other processes that write at the same time."""


def cache_root() -> Path:
    """Folder of everything nlpref may recompute: ``NLPREF_CACHE``, or else ``~/.cache/nlpref``."""
    return Path(os.environ.get("NLPREF_CACHE") or "~/.cache/nlpref").expanduser()


class CachedEncoder(BaseEstimator):
    """Remembers the vectors of another encoder in one sqlite file.

    A vector is found again by the sha256 of encoder, role and text. The encoder's identity is the manifest
    of its saved form (class, arguments, weights), so other weights never meet these vectors. Only texts not
    seen before are encoded, each once; several processes may share the file. If the file cannot be used,
    one warning says so and everything is encoded anew.

    Args:
        encoder: Makes the vectors.
        folder: Holds ``vectors.sqlite``; the default is ``embeddings`` in ``cache_root()``.

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> encoder = CachedEncoder(SentenceEncoder())
        >>> encoder.encode(["hello", "hello"]).shape
        (2, 384)
    """

    def __init__(self, encoder: Encoder, folder: Path | str | None = None) -> None:
        self.encoder = encoder
        self.folder = folder

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.encoder.dim

    @property
    def file(self) -> Path:
        """Where the vectors are kept."""
        return (Path(self.folder).expanduser() if self.folder else cache_root() / "embeddings") / "vectors.sqlite"

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts, in the caller's order; those met before are read, not computed.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, or there is no such role.
        """
        texts = check_texts(texts)
        check_role(role)
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        if not texts:
            return vectors
        rows: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            rows.setdefault(text, []).append(row)
        stem = self._identity() + b"\0" + role.encode() + b"\0"
        keys = {text: hashlib.sha256(stem + text.encode("utf-8", "surrogatepass")).digest() for text in rows}
        known = self._read(list(keys.values()))
        for text, key in keys.items():
            if key in known:
                vectors[rows[text]] = known[key]
        missing = [text for text, key in keys.items() if key not in known]
        for block in _blocks(missing, BLOCK):
            fresh = self.encoder.encode(block, role=role)
            for text, vector in zip(block, fresh, strict=True):
                vectors[rows[text]] = vector
            self._write({keys[text]: vector for text, vector in zip(block, fresh, strict=True)})
        return vectors

    def save(self, folder: Path) -> None:
        """Write the encoder; the vectors stay in the cache."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        return storage.restore(cls, folder)

    def _identity(self) -> bytes:
        of, digest = getattr(self, "_identified", (None, b""))
        if of is not self.encoder:
            with tempfile.TemporaryDirectory(prefix="nlpref-") as folder:
                self.encoder.save(Path(folder) / "encoder")
                digest = hashlib.sha256((Path(folder) / "encoder" / storage.MANIFEST).read_bytes()).digest()
            self._identified = (self.encoder, digest)
        return bytes(digest)

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        try:
            with closing(self._open()) as connection:
                for block in _blocks(keys, VARIABLES):
                    marks = ",".join("?" * len(block))
                    for key, blob in connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", block):
                        if len(blob) == 4 * self.dim:  # a vector of another length is as good as absent
                            found[key] = np.frombuffer(blob, dtype="<f4")
        except (sqlite3.Error, OSError) as error:
            self._warn(error)
        return found

    def _write(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        try:
            with closing(self._open()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            self._warn(error)

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.file, timeout=WAIT_S)
        try:
            # no write-ahead log: two processes that switch a new file to it do not wait for each other
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        except BaseException:
            connection.close()
            raise
        return connection

    def _warn(self, error: Exception) -> None:
        if not getattr(self, "_warned", False):
            self._warned = True
            warnings.warn(f"embeddings are not cached: {self.file} cannot be used ({error})", RuntimeWarning, stacklevel=4)


def _blocks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
