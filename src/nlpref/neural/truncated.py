"""Shorter vectors: the first components of another encoder's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.unit import unit_rows
from nlpref.protocols import Encoder
from nlpref.text.checks import check_role, check_texts

__all__ = ["TruncatedEncoder"]


class TruncatedEncoder(BaseEstimator):
    """The first ``dim`` components of another encoder's vectors, scaled to unit length.

    An index, and a linear model on the vectors, become smaller and faster by the share of components left out;
    encoding itself does not. What it costs in quality is to be measured: only encoders trained for it put what
    matters most into the first components.

    Args:
        encoder: Makes the whole vectors.
        dim: Components kept, at most ``encoder.dim``.

    Source: Kusupati et al. 2022 (Matryoshka representations), whose evaluation truncates vectors in this way.

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> TruncatedEncoder(SentenceEncoder(), dim=96).encode(["where is my parcel"]).shape
        (1, 96)
    """

    def __init__(self, encoder: Encoder, dim: int = 192) -> None:
        self.encoder = encoder
        self.dim = dim

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, there is no such role, or ``dim`` does not fit.
        """
        texts = check_texts(texts)
        check_role(role)
        if not isinstance(self.dim, int) or not 1 <= self.dim <= self.encoder.dim:
            raise InputError(f"dim is {self.dim!r}, expected 1 to {self.encoder.dim}, the dimensions of the encoder inside")
        return unit_rows(self.encoder.encode(texts, role=role)[:, : self.dim])

    def save(self, folder: Path) -> None:
        """Write the encoder inside."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        return storage.restore(cls, folder)
