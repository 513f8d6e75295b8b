"""Sub-word tokens by the Rust tokenizer, called directly."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from nlpref.errors import MissingResourceError

__all__ = ["Batch", "Subwords"]

Batch = dict[str, NDArray[np.int64]]
"""``input_ids``, ``attention_mask`` and ``token_type_ids``, each (n_texts, longest)."""


class Subwords:
    """Turns texts, pairs of texts or lists of words into sub-word ids.

    Args:
        folder: Holds ``tokenizer.json``.
        max_length: Longest sequence in sub-words, special tokens included; longer input is cut.
        overlap: Sub-words that the windows of a longer text share.
    """

    def __init__(self, folder: Path, max_length: int, overlap: int = 0) -> None:
        path = Path(folder) / "tokenizer.json"
        if not path.is_file():
            raise MissingResourceError(f"{folder} holds no tokenizer.json; nlpref needs the fast tokenizer's file")
        self.tokenizer = Tokenizer.from_file(str(path))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_length, stride=overlap, strategy="longest_first")
        self.max_length = max_length
        self.pad_id = self.tokenizer.token_to_id("[PAD]") or 0

    def texts(self, texts: Sequence[str]) -> list[Encoding]:
        """Encode texts; what is longer is cut, and the rest is in ``Encoding.overflowing``."""
        if len(texts) == 1:  # a batch is handed to a pool of threads
            return [self.tokenizer.encode(texts[0])]
        return list(self.tokenizer.encode_batch_fast(list(texts)))

    def pairs(self, first: str, seconds: Sequence[str]) -> list[Encoding]:
        """Encode one text with each of the others, as a cross-encoder reads them."""
        return list(self.tokenizer.encode_batch_fast([(first, second) for second in seconds]))

    def words(self, sentences: Sequence[Sequence[str]]) -> list[Encoding]:
        """Encode pre-tokenised sentences; ``Encoding.word_ids`` leads back to the words."""
        return list(self.tokenizer.encode_batch([list(words) for words in sentences], is_pretokenized=True))

    def pad(self, encodings: Sequence[Encoding]) -> Batch:
        """Stack encodings into arrays, padded to the longest."""
        width = max(len(encoding.ids) for encoding in encodings)
        return {
            "input_ids": stack([encoding.ids for encoding in encodings], width, self.pad_id),
            "attention_mask": stack([encoding.attention_mask for encoding in encodings], width, 0),
            "token_type_ids": stack([encoding.type_ids for encoding in encodings], width, 0),
        }

    def shortened(self, max_length: int | None) -> Subwords:
        """The same sub-words with another limit, and no overlap; None for the limit there is."""
        made = copy.copy(self)
        made.max_length = self.max_length if max_length is None else max_length
        made.tokenizer = Tokenizer.from_str(self.tokenizer.to_str())
        made.tokenizer.enable_truncation(made.max_length, strategy="longest_first")
        return made

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json``."""
        self.tokenizer.save(str(Path(folder) / "tokenizer.json"))


def stack(rows: Sequence[Sequence[int]], width: int, fill: int) -> NDArray[np.int64]:
    """Rows of different lengths as one array, (n_rows, width), filled up at the end."""
    if len(rows) == 1 and len(rows[0]) == width:
        return np.array(rows, dtype=np.int64)
    stacked = np.full((len(rows), width), fill, dtype=np.int64)
    for number, row in enumerate(rows):
        stacked[number, : len(row)] = row
    return stacked
