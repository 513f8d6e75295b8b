"""Vectors of a large corpus on disk: shards named by their content, so that work may stop anywhere and go on.

A shard is a block of documents that follow each other in the input. Its key is the sum over the encoder and the documents; its
vectors lie in ``<sum of the bytes>.npy``, and ``<key>.json``, written after them, says which documents they are of. Either file
is renamed into place whole. So a shard that is there is complete, whoever wrote it and however often, and what was embedded is
not embedded again when the run is repeated. ``embeddings.json``, written last, lists the shards in the order of the input.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from nlpref import storage
from nlpref.errors import InputError, NlprefError, StorageError
from nlpref.protocols import Encoder
from nlpref.retrieval.checks import check_cutoff, check_vectors
from nlpref.text.checks import check_examples, check_texts
from nlpref.types import Document

__all__ = ["Block", "Embeddings", "Shards", "blocks_of"]

LIST = "embeddings.json"


@dataclass(frozen=True)
class Block:
    """Documents of one shard: ``key`` says which they are and which encoder is to read them."""

    key: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]


def blocks_of(documents: Iterable[Document], encoder: Path, size: int) -> Iterator[Block]:
    """Cut a stream of documents into blocks, holding one of them and all ids in memory.

    Args:
        documents: Read once, in order.
        encoder: Folder of the saved encoder.
        size: Documents of a block.

    Raises:
        InputError: if something is no ``Document`` of strings, an id comes twice, or there are no documents.
        StorageError: if the folder holds no saved component.
    """
    identity = _identity(encoder)
    size, stream = check_cutoff(size, "block"), iter(documents)
    seen: set[str] = set()
    while part := list(islice(stream, size)):
        found = check_examples(part, Document, "documents")
        ids, texts = check_texts([one.id for one in found]), check_texts([one.content for one in found])
        for id_ in ids:
            if id_ in seen:
                raise InputError(f"ids must be distinct, {id_!r:.80} comes more than once")
            seen.add(id_)
        said = json.dumps([identity, list(zip(ids, texts, strict=True))], ensure_ascii=False)
        yield Block(hashlib.sha256(said.encode()).hexdigest(), tuple(ids), tuple(texts))
    if not seen:
        raise InputError("got no documents, expected at least one to embed")


class Shards:
    """A folder in which shards are made, by any number of processes at once.

    Args:
        folder: Made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out of the folder for the block.

        Raises:
            InputError: if one is at work in it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / ".lock", timeout=0):
                yield
        except Timeout:
            raise InputError(f"another run is embedding into {self.folder}; wait for it, or choose another folder") from None

    def has(self, block: Block) -> bool:
        """Whether the shard of a block is there and whole."""
        try:
            return bool(_record_of(self._record(block.key))["ids"] == list(block.ids))
        except StorageError:
            return False

    def make(self, block: Block, encoder: Encoder) -> None:
        """Embed the documents of a block, unless that was done."""
        if self.has(block):
            return
        vectors = check_vectors(encoder.encode(list(block.texts), role="document"), None)
        if len(vectors) != len(block.ids):
            raise NlprefError(f"the encoder gave {len(vectors)} vectors for {len(block.ids)} documents")
        storage.write_json(self._record(block.key), {"ids": block.ids, "vectors": self._write(vectors), "dim": vectors.shape[1]})

    def hand_out(self, block: Block) -> None:
        """Write a block for a worker to fetch; only where its shard is missing."""
        self._begun(block.key).unlink(missing_ok=True)
        storage.write_json(self._waiting(block.key), {"ids": block.ids, "texts": block.texts})

    def fetch(self, key: str, tries: int) -> Block:
        """Read a block that was handed out, and note that it was begun.

        Raises:
            NlprefError: if it was begun ``tries`` times before, and no worker lived to finish it.
            StorageError: if it is not there.
        """
        said = storage.read_json(self._waiting(key))
        with self._begun(key).open("ab") as stream:
            if stream.tell() >= tries:
                first = said["ids"][0]
                raise NlprefError(f"{tries} workers died at the block that begins with document {first!r:.60}; is memory short?")
            stream.write(b".")
        return Block(key, tuple(said["ids"]), tuple(said["texts"]))

    def finish(self, keys: Sequence[str], encoder: Path) -> Embeddings:
        """List the shards in the order of the input, and remove whatever else is in the folder.

        Raises:
            StorageError: if a shard is missing.
        """
        listed: list[dict[str, Any]] = []
        kept, dim = {LIST, ".lock"}, 0
        for key in keys:
            record = _record_of(self._record(key))
            dim = record["dim"]
            listed.append({"key": key, "documents": len(record["ids"]), "sha256": storage.sha256(self._record(key))})
            kept |= {self._record(key).name, record["vectors"]}
        state = {
            "encoder": _identity(encoder),
            "dim": dim,
            "documents": sum(one["documents"] for one in listed),
            "shards": listed,
        }
        storage.write_json(self.folder / LIST, state)
        for path in self.folder.iterdir():
            if path.is_file() and path.name not in kept:
                path.unlink()
        return Embeddings.open(self.folder)

    def _record(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _waiting(self, key: str) -> Path:
        return self.folder / f"{key}.waiting"

    def _begun(self, key: str) -> Path:
        return self.folder / f"{key}.begun"

    def _write(self, vectors: NDArray[np.float32]) -> str:
        """Write vectors under the sum of their bytes, so that two workers at one shard cannot mix theirs."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".vectors.")
        try:
            with os.fdopen(handle, "wb") as stream:
                np.save(stream, vectors, allow_pickle=False)
            final = f"{storage.sha256(Path(name))}.npy"
            Path(name).chmod(0o644)
            os.replace(name, self.folder / final)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return final


@dataclass(frozen=True)
class Embeddings:
    """The finished vectors of a corpus, in the order of its documents.

    Iterating gives, shard by shard, the ids and their vectors, float32 (n, dim), memory-mapped once their sums are verified::

        for ids, vectors in Embeddings.open(folder):
            index.add(ids, vectors)

    Args:
        folder: Where they lie.
        encoder: Sum over the encoder that made them.
        dim: Components of a vector.
        shards: Key of each shard, and the sum of its record.
        documents: How many there are.
    """

    folder: Path
    encoder: str
    dim: int
    shards: tuple[tuple[str, str], ...]
    documents: int

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read what an engine wrote.

        Raises:
            StorageError: if the folder holds no finished embeddings.
        """
        state = storage.read_json(Path(folder) / LIST)
        shards = tuple((one["key"], one["sha256"]) for one in state["shards"])
        return cls(Path(folder), state["encoder"], state["dim"], shards, state["documents"])

    def __len__(self) -> int:
        return self.documents

    def __iter__(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        for key, expected in self.shards:
            path = self.folder / f"{key}.json"
            record = _record_of(path)
            if storage.sha256(path) != expected:
                raise StorageError(f"{path} has changed since it was written; embed again")
            yield record["ids"], np.load(self.folder / record["vectors"], mmap_mode="r", allow_pickle=False)


def _record_of(path: Path) -> dict[str, Any]:
    """A shard's record, once its vectors are known to be those that were written.

    Raises:
        StorageError: if record or vectors are missing or changed.
    """
    record: dict[str, Any] = storage.read_json(path)
    if not isinstance(record, dict) or record.keys() != {"ids", "vectors", "dim"}:
        raise StorageError(f"{path} is no record of a shard; embed again")
    vectors = path.with_name(str(record["vectors"]))
    if not vectors.is_file() or storage.sha256(vectors) != vectors.stem:
        raise StorageError(f"{vectors} is missing or has changed since it was written; embed again")
    return record


def _identity(encoder: Path) -> str:
    """What vectors depend on: the manifest of the saved encoder covers class, arguments and weights."""
    path = Path(encoder) / storage.MANIFEST
    if not path.is_file():
        raise StorageError(f"{encoder} holds no saved encoder; make one with encoder.save(folder)")
    return storage.sha256(path)
