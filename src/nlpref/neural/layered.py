"""Sentence embeddings from every layer of a pretrained transformer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.batching import padded
from nlpref.neural.long_texts import exceeding
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.text.checks import check_role, check_texts

if TYPE_CHECKING:  # torch is imported only where it runs the network
    from transformers import PreTrainedModel

__all__ = ["LayeredEncoder"]


class LayeredEncoder(BaseEstimator):
    """The mean token state of every layer, each scaled to unit length, side by side, and the whole scaled to unit length.

    Lower layers keep what the pretraining of the upper ones has taught them to forget, such as single words. So a model that
    is trained on these vectors has more to choose from than one on those of the last layer; as a measure of likeness by
    themselves they are worse. Longer texts are cut.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        layers: Which, 0 for the token embeddings; None for all.
        max_length: Longest text in sub-words.
        batch_size: Most texts in one forward pass; texts of like length go together.

    Source: Tenney et al. 2019, BERT rediscovers the classical NLP pipeline (what the layers know).

    Example:
        >>> LayeredEncoder().encode(["where is my parcel"]).shape
        (1, 2688)
    """

    long_texts: Literal["cut"] = "cut"

    def __init__(
        self, name: str = MINILM, layers: Sequence[int] | None = None, max_length: int = 256, batch_size: int = 32
    ) -> None:
        self.name = name
        self.layers = layers
        self.max_length = max_length
        self.batch_size = batch_size

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return len(self._chosen()) * int(self._network.config.hidden_size)

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        """Embed texts; both roles are the same.

        Returns:
            float32, (n_texts, dim), rows of unit length.

        Raises:
            InputError: if the texts are no sequence of strings, there is no such role, or the model lacks a layer.
        """
        texts = check_texts(texts)
        check_role(role)
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        encodings = self._subwords.texts(texts) if texts else []
        for rows in padded([len(one.ids) for one in encodings], self.batch_size):
            vectors[rows] = self._pooled(self._subwords.pad([encodings[row] for row in rows]))
        return vectors

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than ``max_length``, so that they are cut, (n_texts,)."""
        return exceeding(self._subwords.texts(check_texts(texts)))

    def save(self, folder: Path) -> None:
        """Write weights, configuration and tokenizer."""
        from nlpref.neural.backbone import save_weights

        with storage.draft(self, folder) as made:
            save_weights(self._network, self._network, made)
            self._subwords.save(made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        from nlpref.neural.backbone import build_backbone, load_weights

        encoder = storage.restore(cls, folder)
        encoder._opened = build_backbone(Path(folder))
        load_weights(encoder._opened, Path(folder))
        encoder._tokens = Subwords(Path(folder), encoder.max_length)
        return encoder

    def _pooled(self, batch: Any) -> NDArray[np.float32]:
        import torch

        from nlpref.neural.network import mean_pool
        from nlpref.neural.torch_engine import tensors

        inputs, chosen = tensors(batch), self._chosen()
        with torch.inference_mode():
            states: Any = self._network(**inputs, output_hidden_states=True).hidden_states
            means = [mean_pool(states[layer], inputs["attention_mask"]) for layer in chosen]
            found: NDArray[np.float32] = (torch.cat(means, dim=1) / len(chosen) ** 0.5).numpy()
        return found

    def _chosen(self) -> list[int]:
        depth = int(self._network.config.num_hidden_layers)
        if self.layers is None:
            return list(range(depth + 1))
        chosen = list(self.layers)
        if not chosen or len(set(chosen)) != len(chosen) or not all(layer in range(depth + 1) for layer in chosen):
            raise InputError(f"layers={chosen}: {self.name} has the layers 0 to {depth}; give some of them, each once, or None")
        return chosen

    @property
    def _network(self) -> PreTrainedModel:
        if not hasattr(self, "_opened"):
            from nlpref.neural.backbone import open_backbone

            self._opened: PreTrainedModel = open_backbone(self.name)
        return self._opened

    @property
    def _subwords(self) -> Subwords:
        if not hasattr(self, "_tokens"):
            self._tokens = Subwords(resolve(self.name), self.max_length)
        return self._tokens
