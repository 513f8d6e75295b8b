"""Sentence embeddings from a pretrained transformer."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.neural.engine import Engine, forward, load_engine
from nlpref.neural.long_texts import average, exceeding, pieces, shared
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.text.checks import check_role, check_texts

if TYPE_CHECKING:  # torch is imported only where it runs the network
    from nlpref.neural.network import EncoderNetwork

__all__ = ["SentenceEncoder"]


class SentenceEncoder(BaseEstimator):
    """Unit-length sentence embeddings, float32, pooled as the model says (``1_Pooling/config.json``; else the mean).

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        max_length: Longest text in sub-words (256 is the model card's value).
        batch_size: Most texts in one forward pass; texts of like length go together.
        layers: Keep only the first so many transformer layers.
        long_texts: ``cut`` reads the first ``max_length`` sub-words of a longer text; ``windows`` reads all of it and
            averages the vectors. ``exceeds`` tells which texts are concerned.
        overlap: Sub-words that neighbouring windows share.

    Source: sentence-transformers, model card of all-MiniLM-L6-v2 (mean pooling, normalised).

    Example:
        >>> vectors = SentenceEncoder().encode(["where is my parcel", "my parcel has not arrived"])
        >>> vectors.shape
        (2, 384)
        >>> bool(vectors[0] @ vectors[1] > 0.7)
        True
    """

    def __init__(
        self,
        name: str = MINILM,
        max_length: int = 256,
        batch_size: int = 32,
        layers: int | None = None,
        long_texts: Literal["cut", "windows"] = "cut",
        overlap: int = 32,
    ) -> None:
        self.name = name
        self.max_length = max_length
        self.batch_size = batch_size
        self.layers = layers
        self.long_texts = long_texts
        self.overlap = overlap

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.engine.dim

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts; both roles are the same (see ``PromptedEncoder`` for models that read them differently).

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, or there is no such role.
        """
        texts = check_texts(texts)
        check_role(role)
        parts, owners = pieces(self._subwords.texts(texts), self.long_texts)
        vectors = np.zeros((len(parts), self.dim), dtype=np.float32)
        lengths = [len(part.ids) for part in parts]
        collate = lambda rows: self._subwords.pad([parts[row] for row in rows])  # noqa: E731
        for rows, output in forward(self.engine, lengths, self.batch_size, collate):
            vectors[rows] = output
        if len(parts) == len(texts):
            return vectors
        means = average(vectors, owners, len(texts))
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than ``max_length``, so that they are cut or read in windows, (n_texts,)."""
        return exceeding(self._subwords.texts(check_texts(texts)))

    def with_engine(self, engine: Engine) -> Self:
        """The same encoder, run by something else."""
        made = copy.copy(self)
        made._engine = engine
        made._tokens = self._subwords
        return made

    def save(self, folder: Path) -> None:
        """Write weights, configuration and tokenizer."""
        with storage.draft(self, folder) as made:
            self.engine.save_in(made)
            self._subwords.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        folder = Path(folder)
        encoder = storage.restore(cls, folder)
        encoder._engine = load_engine(folder, lambda: _built(folder))
        overlap = shared(encoder.long_texts, encoder.overlap, encoder.max_length)
        encoder._tokens = Subwords(folder, encoder.max_length, overlap)
        return encoder

    @property
    def engine(self) -> Engine:
        """What runs the network; opened when it is first needed."""
        if not hasattr(self, "_engine"):
            self._engine: Engine = _opened(self.name, self.layers)
        return self._engine

    @property
    def subwords(self) -> Subwords:
        """What makes sub-words of texts."""
        return self._subwords

    @property
    def _subwords(self) -> Subwords:
        if not hasattr(self, "_tokens"):
            overlap = shared(self.long_texts, self.overlap, self.max_length)
            self._tokens = Subwords(resolve(self.name), self.max_length, overlap)
        return self._tokens


def _opened(name: str, layers: int | None) -> Engine:
    from nlpref.neural.backbone import open_backbone
    from nlpref.neural.network import EncoderNetwork
    from nlpref.neural.pooling import read_pooling
    from nlpref.neural.torch_engine import TorchEngine

    return TorchEngine(EncoderNetwork(open_backbone(name, layers), pooling=read_pooling(resolve(name))).eval())


def _built(folder: Path) -> EncoderNetwork:
    from nlpref.neural.backbone import build_backbone
    from nlpref.neural.network import EncoderNetwork
    from nlpref.neural.pooling import kept_pooling

    return EncoderNetwork(build_backbone(folder), pooling=kept_pooling(folder))
