"""Vectors of rows that were embedded apart from the collection, such as on many machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.building import count_rows, row_texts
from nlpref.collection.settings import CollectionSettings
from nlpref.errors import InputError
from nlpref.retrieval.embedding_shards import Embeddings
from nlpref.types import Document

__all__ = ["RowVectors", "row_documents"]


def row_documents(documents: Iterable[Document], settings: CollectionSettings) -> Iterator[Document]:
    """Each row as a document that an embedding engine takes, with its number as its id.

    Args:
        documents: Of the collection, in the order in which they will be added.
        settings: How they are cut.
    """
    texts = (text for document in documents for text in row_texts([document], settings))
    return (Document(str(number), text) for number, text in enumerate(texts))


class RowVectors:
    """Hands out the vectors of ``row_documents``, which may be more than fit into memory, in their order.

    Args:
        embeddings: Of all rows.
        settings: As for ``row_documents``.
    """

    def __init__(self, embeddings: Embeddings, settings: CollectionSettings) -> None:
        self.made_by = embeddings.encoder
        self._settings = settings
        self._shards = iter(embeddings)
        self._rest = np.zeros((0, embeddings.dim), dtype=np.float32)

    def take(self, documents: Sequence[Document]) -> NDArray[np.float32]:
        """Vectors of the next documents, (n_rows, dim).

        Raises:
            InputError: if there are none left.
        """
        wanted = count_rows(documents, self._settings)
        parts = [self._rest[:wanted]]
        missing = wanted - len(parts[0])
        while missing:
            _, self._rest = next(self._shards, (None, self._rest[:0]))
            if not len(self._rest):
                raise InputError(f"vectors of {missing} rows are missing; the source has changed since they were embedded")
            parts.append(self._rest[:missing])
            missing -= len(parts[-1])
        self._rest = self._rest[len(parts[-1]) :]
        return np.concatenate(parts)
