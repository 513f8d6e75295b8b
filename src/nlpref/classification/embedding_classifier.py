"""What classifiers share that read the embeddings of an encoder which is not trained further."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.classification.kernel_head import KernelHead
from nlpref.classification.linear import LinearHead
from nlpref.errors import NotFittedError
from nlpref.neural.cache import CachedEncoder
from nlpref.protocols import Encoder
from nlpref.text.checks import check_texts

__all__ = ["EmbeddingClassifier"]


class EmbeddingClassifier(BaseEstimator):
    """Everything but ``fit``, in which a subclass learns ``head_``; it has ``encoder`` and ``cache`` among its parameters."""

    encoder: Encoder
    cache: bool
    head_: LinearHead | KernelHead
    _head: ClassVar[type[LinearHead] | type[KernelHead]] = LinearHead

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the columns of ``predict_proba``."""
        self._check_fitted()
        return self.head_.labels

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        self._check_fitted()
        return self.head_.probabilities(self._features(texts))

    def represent(self, texts: Sequence[str], *, remember: bool = False) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What the head reads, float32, (n_texts, width), and margins, float64, (n_texts, n_labels).

        Args:
            texts: Any.
            remember: Whether embeddings may come from the cache on disk and go into it.
        """
        self._check_fitted()
        features = self._features(texts, remember=remember)
        return features, self.head_.margins(features)

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than the encoder takes, (n_texts,); none if it takes all lengths."""
        texts = check_texts(texts)
        told = self.encoder.exceeds(texts) if hasattr(self.encoder, "exceeds") else np.zeros(len(texts))
        return np.asarray(told, dtype=np.bool_)

    @property
    def long_texts(self) -> str:
        """What the encoder does with a text that is longer than it takes."""
        return str(getattr(self.encoder, "long_texts", "cut"))

    def save(self, folder: Path) -> None:
        """Write encoder, weights and labels."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            self._write(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        model = storage.restore(cls, folder)
        model._read(Path(folder))
        return model

    def _features(self, texts: Sequence[str], *, remember: bool = False) -> NDArray[np.float32]:
        """What the head reads, (n_texts, width)."""
        return self._embedded(check_texts(texts), remember=remember)

    def _embedded(self, texts: Sequence[str], *, remember: bool) -> NDArray[np.float32]:
        encoder = CachedEncoder(self.encoder) if self.cache and remember else self.encoder
        return encoder.encode(texts)

    def _write(self, folder: Path) -> None:
        """Put what was learnt into an existing folder."""
        self.head_.save(folder)

    def _read(self, folder: Path) -> None:
        """Take over what ``_write`` put there."""
        self.head_ = self._head.load(folder)

    def _check_fitted(self) -> None:
        if not hasattr(self, "head_"):
            raise NotFittedError(f"{type(self).__name__} is not fitted yet; call fit(train, validation) or load(folder)")
