"""Sentence embeddings from a pretrained transformer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from transformers import PreTrainedModel

from nlpref import storage
from nlpref.neural.backbone import build_backbone, load_weights, mean_pool, open_backbone, save_weights
from nlpref.neural.subwords import Subwords, batches
from nlpref.pretrained import MINILM, resolve
from nlpref.text.checks import check_role, check_texts

__all__ = ["SentenceEncoder"]


class SentenceEncoder(BaseEstimator):
    """Mean-pooled, unit-length sentence embeddings, float32.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        max_length: Longest text in sub-words; longer texts are cut (256 is the model card's value).
        batch_size: Texts in one forward pass; texts of like length go together.
        layers: Keep only the first so many transformer layers.

    Source: sentence-transformers, model card of all-MiniLM-L6-v2 (mean pooling, normalised).

    Example:
        >>> vectors = SentenceEncoder().encode(["where is my parcel", "my parcel has not arrived"])
        >>> vectors.shape
        (2, 384)
        >>> bool(vectors[0] @ vectors[1] > 0.7)
        True
    """

    def __init__(self, name: str = MINILM, max_length: int = 256, batch_size: int = 32, layers: int | None = None) -> None:
        self.name = name
        self.max_length = max_length
        self.batch_size = batch_size
        self.layers = layers

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._model.config.hidden_size)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts; both roles are the same for this symmetric model.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, or there is no such role.
        """
        texts = check_texts(texts)
        check_role(role)
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        encodings = self._subwords.texts(texts)
        for rows in batches([len(encoding.ids) for encoding in encodings], self.batch_size):
            batch = self._subwords.pad([encodings[row] for row in rows])
            states = self._model(**batch).last_hidden_state
            vectors[rows] = mean_pool(states, batch["attention_mask"]).numpy()
        return vectors

    def save(self, folder: Path) -> None:
        """Write weights, configuration and tokenizer."""
        with storage.draft(self, folder) as made:
            save_weights(self._model, self._model, made)
            self._subwords.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        encoder = storage.restore(cls, folder)
        encoder._loaded = build_backbone(folder)
        load_weights(encoder._loaded, folder)
        encoder._tokens = Subwords(folder, encoder.max_length)
        return encoder

    @property
    def _model(self) -> PreTrainedModel:
        if not hasattr(self, "_loaded"):
            self._loaded = open_backbone(self.name, self.layers)
        return self._loaded

    @property
    def _subwords(self) -> Subwords:
        if not hasattr(self, "_tokens"):
            self._tokens = Subwords(resolve(self.name), self.max_length)
        return self._tokens
