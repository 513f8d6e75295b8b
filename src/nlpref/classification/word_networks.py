"""Networks over word embeddings that start from nothing: a bidirectional LSTM, and convolutions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

__all__ = ["BiLstm", "Convolutions"]

PADDING = 0
"""Its embedding is zero and is not trained."""


class BiLstm(nn.Module):
    """Reads the words in both directions; a feature is its largest value over all words.

    Args:
        n_words: Embeddings, padding included.
        dim: Components of an embedding.
        hidden: Units of each direction.
        n_labels: Outputs.
        dropout: Share of components left out in training.

    Source: Hochreiter and Schmidhuber 1997; Conneau et al. 2017, section 3.2.2 (BiLSTM with max pooling).
    """

    def __init__(self, n_words: int, dim: int, hidden: int, n_labels: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_words, dim, padding_idx=PADDING)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * hidden, n_labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Logits, (n_texts, n_labels).

        Args:
            ids: Padded at the end, (n_texts, longest).
            lengths: Words of each text, 1 or more, (n_texts,).
        """
        packed = pack_padded_sequence(self.dropout(self.embedding(ids)), lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, padding_value=float("-inf"))
        logits: Tensor = self.head(self.dropout(states.amax(dim=1)))
        return logits


class Convolutions(nn.Module):
    """Filters over runs of words; a feature is a filter's largest value over all places.

    Args:
        n_words: Embeddings, padding included.
        dim: Components of an embedding.
        filters: Filters of each width.
        widths: Words that a filter sees.
        n_labels: Outputs.
        dropout: Share of components left out in training.

    Source: Kim 2014, section 2.
    """

    def __init__(self, n_words: int, dim: int, filters: int, widths: Sequence[int], n_labels: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_words, dim, padding_idx=PADDING)
        self.filters = nn.ModuleList(nn.Conv1d(dim, filters, width) for width in widths)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(filters * len(widths), n_labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Logits, (n_texts, n_labels); arguments as for ``BiLstm``."""
        embedded = self.dropout(self.embedding(ids)).transpose(1, 2)  # (n_texts, dim, longest)
        beyond = torch.arange(ids.shape[1]) >= lengths[:, None]  # so that what a text is padded to changes nothing
        features = []
        for convolution in self.filters:
            width = int(convolution.kernel_size[0])  # type: ignore[index]
            padded = nn.functional.pad(embedded, ((width - 1) // 2, width // 2))
            found = convolution(padded).relu().masked_fill(beyond[:, None, :], 0.0)
            features.append(found.amax(dim=2))
        logits: Tensor = self.head(self.dropout(torch.cat(features, dim=1)))
        return logits
