"""Sentence embeddings without a transformer at prediction: the mean of static token vectors."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import StorageError
from nlpref.neural.cache import cache_root
from nlpref.neural.token_table import TokenTable
from nlpref.neural.unit import unit_rows
from nlpref.pretrained import MINILM, resolve
from nlpref.text.checks import check_role, check_texts

__all__ = ["StaticEncoder"]

RECIPE = "1"
"""Changes when ``nlpref.neural.distillation`` makes other vectors of the same model."""


class StaticEncoder(BaseEstimator):
    """Unit-length mean of token vectors that were distilled from a pretrained transformer, float32.

    The vectors are made on first use, which takes the transformer once over its vocabulary, and kept in
    ``cache_root()/static``. From then on there is a tokenizer and a sum: the order of words is not seen. A text
    without a known token becomes the last axis, that of least variance.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        dim: Components of a vector, at most those of the model.
        max_length: Longest text in tokens; longer texts are cut. None cuts none.

    Source: Tulkens and van Dongen 2024, Model2Vec.

    Example:
        >>> encoder = StaticEncoder()
        >>> encoder.encode(["where is my parcel", "a wooden table"]).shape  # doctest: +SKIP
        (2, 256)
    """

    def __init__(self, name: str = MINILM, dim: int = 256, max_length: int | None = None) -> None:
        self.name = name
        self.dim = dim
        self.max_length = max_length

    @property
    def table(self) -> TokenTable:
        """Tokenizer and token vectors.

        Raises:
            InputError: if ``dim`` or ``max_length`` is out of range.
            MissingResourceError: if the pretrained model is not at hand.
        """
        if not hasattr(self, "_table"):
            self._table = _distilled(self.name, self.dim, self.max_length)
        return self._table

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts; both roles are the same for this symmetric model.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, or there is no such role.
        """
        texts = check_texts(texts)
        check_role(role)
        return unit_rows(self.table.sums(texts))

    def save(self, folder: Path) -> None:
        """Write token vectors and tokenizer."""
        with storage.draft(self, folder) as made:
            self.table.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        encoder = storage.restore(cls, folder)
        encoder._table = TokenTable.load(Path(folder), encoder.max_length)
        return encoder


def _distilled(name: str, dim: int, max_length: int | None) -> TokenTable:
    """Read the vectors from the cache, or make them and keep them there, as a saved encoder that cuts no text."""
    source = resolve(name)
    folder = cache_root() / "static" / _key(source, dim)
    try:
        kept = StaticEncoder.load(folder).table
    except StorageError:  # absent, or damaged
        from nlpref.neural.distillation import distil  # torch is imported only where there is something to distil

        made = StaticEncoder(name, dim)
        made._table = kept = distil(name, source, dim)
        try:
            made.save(folder)
        except OSError as error:
            warnings.warn(f"distilled vectors are not cached: {folder} cannot be written ({error})", RuntimeWarning, stacklevel=4)
    return TokenTable(kept.tokenizer, kept.vectors, max_length)


def _key(source: Path, dim: int) -> str:
    """Names what the vectors depend on: weights, configuration, tokenizer, dimensions and how they are made."""
    files = [source / "config.json", source / "tokenizer.json", *sorted(source.glob("*.safetensors"))]
    sums = [f"{path.name} {storage.sha256(path)}" for path in files if path.is_file()]
    return hashlib.sha256("\n".join([RECIPE, str(dim), *sums]).encode()).hexdigest()[:32]
