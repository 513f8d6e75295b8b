"""An encoder whose texts are prepared first."""

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
from nlpref.text.preparation import Preparation, prepared

__all__ = ["PreparedEncoder"]


class PreparedEncoder(BaseEstimator):
    """Another encoder that reads prepared texts: normalised, without addresses, with slang spelled out, or what else.

    Args:
        encoder: Makes the vectors.
        preparation: What is done to a text; None leaves it.

    Example:
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> from nlpref.text import Preparation, RepeatedLetters
        >>> encoder = PreparedEncoder(SentenceEncoder(), Preparation([RepeatedLetters(most=2)]))
        >>> first, second = encoder.encode(["soooooo goood", "soo good"])
        >>> bool((first == second).all())
        True
    """

    def __init__(self, encoder: Encoder, preparation: Preparation | None = None) -> None:
        self.encoder = encoder
        self.preparation = preparation

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.encoder.dim

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed prepared texts.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, or there is no such role.
        """
        texts = check_texts(texts)
        check_role(role)
        return self.encoder.encode(prepared(self.preparation, texts), role=role)

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than the encoder inside once they are prepared, (n_texts,)."""
        inside = self.encoder
        if not hasattr(inside, "exceeds"):
            return np.zeros(len(check_texts(texts)), dtype=bool)
        return np.asarray(inside.exceeds(prepared(self.preparation, check_texts(texts))))

    @property
    def long_texts(self) -> str:
        """What the encoder inside does with a text that is longer than it takes."""
        return str(getattr(self.encoder, "long_texts", "cut"))

    def save(self, folder: Path) -> None:
        """Write the encoder inside and the preparation."""
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        return storage.restore(cls, folder)
