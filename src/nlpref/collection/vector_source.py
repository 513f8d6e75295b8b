"""Where the vectors of a collection come from: its own encoder, or whoever hands them over."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.collection.building import count_rows, row_texts
from nlpref.collection.manifest import Manifest
from nlpref.collection.settings import CollectionSettings
from nlpref.errors import InputError, StorageError
from nlpref.protocols import Encoder
from nlpref.retrieval.checks import check_vectors
from nlpref.types import Document

__all__ = ["ENCODER", "VectorSource", "check_encoder", "identity_of"]

ENCODER = "encoder"
"""Folder of a collection's own encoder."""


class VectorSource:
    """Vectors of documents and queries, checked.

    Args:
        folder: Of the collection.
        manifest: Says how long vectors are, and which encoder made them.
        settings: How documents are divided into pieces.
        encoder: The collection's own; None loads it from the folder when it is needed.
    """

    def __init__(self, folder: Path, manifest: Manifest, settings: CollectionSettings, encoder: Encoder | None) -> None:
        self._folder = folder / ENCODER
        self._dim, self._identity = manifest.dim, manifest.encoder
        self._settings = settings
        self._encoder = encoder

    def of_documents(
        self, documents: Sequence[Document], vectors: NDArray[np.float32] | None, made_by: str | None
    ) -> NDArray[np.float32] | None:
        """Those handed over, if they fit, or else those that the encoder makes, one for each piece; None without any.

        Raises:
            InputError: if they do not fit, or were made by another encoder.
            StorageError: if the encoder is not the one that the vectors were made by.
        """
        if self._dim is None:
            if vectors is not None:
                raise InputError("this collection has no vectors; create it with an encoder or with dim")
            return None
        if vectors is None:
            vectors = self._own().encode(row_texts(documents, self._settings), role="document")
        elif self._identity != made_by:
            raise InputError(
                "this collection makes its vectors by its own encoder; leave vectors out, or say by made_by that it has made them"
                if made_by is None
                else f"the vectors were made by the encoder {made_by:.12}, not by that of this collection; leave them out"
            )
        rows, wanted = check_vectors(vectors, self._dim), count_rows(documents, self._settings)
        if len(rows) != wanted:
            raise InputError(f"got {len(rows)} vectors for {len(documents)} documents, expected {wanted}, one for each piece")
        return rows

    def of_queries(self, texts: Sequence[str], vectors: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Those handed over, if they fit, or else those that the encoder makes, (n_queries, dim).

        Raises:
            InputError: if they do not fit, or the collection has none.
            StorageError: if the encoder is not the one that the vectors were made by.
        """
        if self._dim is None:
            raise InputError("this collection has no vectors; search by='words', or build it with an encoder")
        if vectors is None:
            return check_vectors(self._own().encode(texts, role="query"), self._dim)
        rows = check_vectors(vectors, self._dim)
        if len(rows) != len(texts):
            raise InputError(f"got {len(rows)} vectors for {len(texts)} queries, expected one for each")
        return rows

    def _own(self) -> Encoder:
        if self._encoder is None:
            if self._identity is None:
                raise InputError(f"this collection has no encoder; give vectors, float32 (n, {self._dim})")
            if identity_of(self._folder) != self._identity:
                raise StorageError(f"{self._folder} is not the encoder that the vectors were made by; restore it")
            loaded: Encoder = storage.load_component(self._folder)
            self._encoder = loaded
        return self._encoder


def identity_of(folder: Path) -> str:
    """Sum over a saved encoder.

    Raises:
        StorageError: if it is missing.
    """
    if not (folder / storage.MANIFEST).is_file():
        raise StorageError(f"{folder} is missing: it holds the encoder of the collection; restore it from a copy")
    return hashlib.sha256((folder / storage.MANIFEST).read_bytes()).hexdigest()


def check_encoder(folder: Path, manifest: Manifest, encoder: Encoder) -> None:
    """Raise an ``InputError`` if the vectors of a collection were made by another encoder."""
    if manifest.encoder is None:
        raise InputError(f"{folder} was built without an encoder; leave encoder out, or build it anew with one")
    with tempfile.TemporaryDirectory(prefix="nlpref-") as scratch:
        encoder.save(Path(scratch) / ENCODER)
        if identity_of(Path(scratch) / ENCODER) != manifest.encoder:
            raise InputError(
                f"{folder} was built with another encoder than this {type(encoder).__name__}; leave encoder out to use its own, "
                "or build it anew"
            )
