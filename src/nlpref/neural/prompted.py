"""An encoder that is told whether it reads a query or a document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.protocols import Encoder
from nlpref.text.checks import check_role, check_texts

__all__ = ["PromptedEncoder"]


class PromptedEncoder(BaseEstimator):
    """Puts some words before each query and each document, as some pretrained models were trained with.

    Args:
        encoder: Makes the vectors.
        query: What stands before a query, its last blank included.
        document: What stands before a document.

    Source: model cards of BAAI/bge-small-en-v1.5 (queries only) and intfloat/e5-small-v2 (``query: `` and ``passage: ``).

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> encoder = PromptedEncoder(SentenceEncoder(), query="a question: ")
        >>> asked, plain = encoder.encode(["lost parcel"], role="query"), encoder.encode(["a question: lost parcel"])
        >>> bool((asked == plain).all())
        True
    """

    def __init__(self, encoder: Encoder, query: str = "", document: str = "") -> None:
        self.encoder = encoder
        self.query = query
        self.document = document

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.encoder.dim

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts after the words of their role.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, or there is no such role.
        """
        return self.encoder.encode(self._told(texts, role), role=role)

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are, as queries, longer than the encoder inside takes, (n_texts,)."""
        told = self._told(texts, "query")
        if not hasattr(self.encoder, "exceeds"):
            return np.zeros(len(told), dtype=bool)
        return np.asarray(self.encoder.exceeds(told))

    @property
    def long_texts(self) -> str:
        """What the encoder inside does with a text that is longer than it takes."""
        return str(getattr(self.encoder, "long_texts", "cut"))

    def save(self, folder: Path) -> None:
        """Write the encoder inside."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        return storage.restore(cls, folder)

    def _told(self, texts: Sequence[str], role: str) -> list[str]:
        check_role(role)
        before = self.query if role == "query" else self.document
        return [before + text for text in check_texts(texts)]
