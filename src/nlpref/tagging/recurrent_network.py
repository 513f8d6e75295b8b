"""A network that reads words, their letters and their shapes, and scores the tags of each word."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nlpref.tagging.shapes import SHAPES

__all__ = ["PADDING", "UNKNOWN", "RecurrentNetwork"]

PADDING, UNKNOWN = 0, 1
"""Numbers of no word and of an unknown one; the same for letters."""
SHAPE_DIM = 8
WIDTH = 3
"""Letters that a filter sees."""


class RecurrentNetwork(nn.Module):
    """Embeddings of words, filters over their letters and embeddings of their shapes, read in both directions.

    Args:
        n_words: Word embeddings, padding and the unknown word included.
        n_letters: Letter embeddings, likewise.
        dim: Components of a word embedding.
        filters: Filters over letters, as many as a letter's embedding has components; 0 reads no letters.
        hidden: Units of each direction.
        n_tags: Scores of each word.
        dropout: Share of components left out in training, before and after the LSTM.
        word_dropout: Share of words that are the unknown one in training, from which its embedding learns.
        vectors: Width of the encoder's vectors that are added to the word embeddings by a linear map; 0 for none.

    Source: Ma and Hovy 2016, section 2 (letters by convolution); Lample et al. 2016, section 4 (the unknown word).
    """

    def __init__(
        self,
        n_words: int,
        n_letters: int,
        dim: int,
        filters: int,
        hidden: int,
        n_tags: int,
        dropout: float = 0.0,
        word_dropout: float = 0.0,
        vectors: int = 0,
    ) -> None:
        super().__init__()
        self.word_dropout = word_dropout
        self.words = nn.Embedding(n_words, dim, padding_idx=PADDING)
        self.project = nn.Linear(vectors, dim) if vectors else None
        self.letters = nn.Embedding(n_letters, filters, padding_idx=PADDING) if filters else None
        self.filters = nn.Conv1d(filters, filters, WIDTH, padding=WIDTH // 2) if filters else None
        self.shapes = nn.Embedding(len(SHAPES), SHAPE_DIM, padding_idx=PADDING)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(dim + filters + SHAPE_DIM, hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden, n_tags)
        nn.init.normal_(self.words.weight, std=dim**-0.5)
        with torch.no_grad():
            self.words.weight[PADDING] = 0.0

    def forward(self, words: Tensor, letters: Tensor, shapes: Tensor, lengths: Tensor, vectors: Tensor | None = None) -> Tensor:
        """Scores of the tags, (n_sentences, longest, n_tags).

        Args:
            words: Numbers of the words, padded at the end, (n_sentences, longest).
            letters: Numbers of the letters of each word, padded at the end, (n_sentences, longest, most letters).
            shapes: Their shapes, (n_sentences, longest).
            lengths: Words of each sentence, 1 or more, (n_sentences,).
            vectors: The encoder's vectors of the words, (n_sentences, longest, width).
        """
        if self.training and self.word_dropout:
            words = words.masked_fill((torch.rand(words.shape, device=words.device) < self.word_dropout) & (words > 0), UNKNOWN)
        seen = self.words(words)
        if self.project is not None:
            seen = seen + self.project(vectors)
        parts = [seen, self.shapes(shapes)]
        if self.letters is not None:
            parts.append(self._spelling(letters))
        packed = pack_padded_sequence(
            self.dropout(torch.cat(parts, dim=2)), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=words.shape[1])
        scores: Tensor = self.head(self.dropout(states))
        return scores

    def _spelling(self, letters: Tensor) -> Tensor:
        """A filter's largest value over the letters of a word, (n_sentences, longest, filters)."""
        flat = letters.flatten(0, 1)
        found = self.filters(self.letters(flat).transpose(1, 2)).relu()  # type: ignore[misc]
        beyond = (flat == PADDING).unsqueeze(1)  # so that what a word is padded to changes nothing
        largest: Tensor = found.masked_fill(beyond, 0.0).amax(dim=2).unflatten(0, letters.shape[:2])
        return largest
