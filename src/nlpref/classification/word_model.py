"""A trained network over words as it predicts: vocabulary, network and labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from nlpref import storage
from nlpref.classification.word_networks import PADDING
from nlpref.errors import StorageError
from nlpref.neural.batching import padded
from nlpref.neural.subwords import stack
from nlpref.text.preparation import Preparation, words_of
from nlpref.text.vocabulary import Vocabulary

__all__ = ["FIRST_WORD", "UNKNOWN", "Reader", "WordModel", "saved_sizes", "tensors_of"]

UNKNOWN, FIRST_WORD = PADDING + 1, PADDING + 2
WEIGHTS = "network.safetensors"
LABELS = "labels.json"


@dataclass(frozen=True)
class Reader:
    """Turns texts into numbers of words; a text without words is one unknown word.

    Args:
        vocabulary: Known words.
        preparation: What is done to a text first.
        max_length: Words of a text that are read, the first ones.
    """

    vocabulary: Vocabulary
    preparation: Preparation | None
    max_length: int

    def __len__(self) -> int:
        """Embeddings that are needed: padding, the unknown word, known words."""
        return FIRST_WORD + len(self.vocabulary)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        known = self.vocabulary.numbers
        rows = (words[: self.max_length] for words in words_of(self.preparation, texts))
        return [[FIRST_WORD + known[w] if w in known else UNKNOWN for w in words] or [UNKNOWN] for words in rows]

    def exceeds(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts have more words than are read, (n_texts,)."""
        return np.array([len(words) > self.max_length for words in words_of(self.preparation, texts)], dtype=bool)


@dataclass(frozen=True)
class WordModel:
    """Texts in, label probabilities out.

    Args:
        reader: Makes numbers of texts.
        network: Makes logits of numbers and lengths; in evaluation mode.
        labels: One for each logit.
        batch_size: Texts in one forward pass.
    """

    reader: Reader
    network: nn.Module
    labels: tuple[str, ...]
    batch_size: int

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_texts, n_labels)."""
        made = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        for rows, logits in self._run(self.reader(texts)):
            made[rows] = logits.softmax(dim=1).numpy()
        return made

    def save(self, folder: Path) -> None:
        """Write words, weights and labels into an existing folder."""
        self.reader.vocabulary.save(folder)
        save_file({name: tensor.contiguous() for name, tensor in self.network.state_dict().items()}, folder / WEIGHTS)
        storage.write_json(folder / LABELS, list(self.labels))

    def restore(self, folder: Path) -> Self:
        """Fill the network, which is one of these sizes, with what ``save`` wrote.

        Raises:
            StorageError: if words, labels and weights do not fit each other.
        """
        try:
            self.network.load_state_dict(load_file(folder / WEIGHTS))
        except RuntimeError as error:
            raise StorageError(f"{folder / WEIGHTS} does not fit the words, labels or arguments beside it: {error}") from None
        self.network.eval()
        return self

    def _run(self, ids: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Tensor]]:
        for rows in padded([len(row) for row in ids], self.batch_size):
            with torch.inference_mode():
                yield rows, self.network(*tensors_of([ids[row] for row in rows]))


def tensors_of(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Numbers padded to the longest text, (n_texts, longest), and lengths, (n_texts,)."""
    lengths = [len(row) for row in ids]
    return torch.from_numpy(stack(ids, max(lengths), PADDING)), torch.tensor(lengths)


def saved_sizes(folder: Path) -> tuple[Vocabulary, tuple[str, ...]]:
    """The words and labels that ``WordModel.save`` wrote, from which a network of the right sizes is built."""
    return Vocabulary.load(folder), tuple(storage.read_json(folder / LABELS))
