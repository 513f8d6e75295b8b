"""Sub-word tokens by the Rust tokenizer, called directly, and padded batches built by length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from nlpref.errors import MissingResourceError

__all__ = ["Batch", "Subwords", "batches"]

Batch = dict[str, Tensor]
"""``input_ids``, ``attention_mask`` and ``token_type_ids``, each (n_texts, longest), int64."""


class Subwords:
    """Turns texts, pairs of texts or lists of words into sub-word ids.

    Args:
        folder: Holds ``tokenizer.json``.
        max_length: Longest sequence in sub-words, special tokens included; longer input is cut.
    """

    def __init__(self, folder: Path, max_length: int) -> None:
        path = Path(folder) / "tokenizer.json"
        if not path.is_file():
            raise MissingResourceError(f"{folder} holds no tokenizer.json; nlpref needs the fast tokenizer's file")
        self.tokenizer = Tokenizer.from_file(str(path))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_length, strategy="longest_first")
        self.max_length = max_length
        self.pad_id = self.tokenizer.token_to_id("[PAD]") or 0

    def texts(self, texts: Sequence[str]) -> list[Encoding]:
        """Encode texts."""
        return list(self.tokenizer.encode_batch_fast(list(texts)))

    def pairs(self, first: str, seconds: Sequence[str]) -> list[Encoding]:
        """Encode one text with each of the others, as a cross-encoder reads them."""
        return list(self.tokenizer.encode_batch_fast([(first, second) for second in seconds]))

    def words(self, sentences: Sequence[Sequence[str]]) -> list[Encoding]:
        """Encode pre-tokenised sentences; ``Encoding.word_ids`` leads back to the words."""
        return list(self.tokenizer.encode_batch([list(words) for words in sentences], is_pretokenized=True))

    def pad(self, encodings: Sequence[Encoding]) -> Batch:
        """Stack encodings into tensors, padded to the longest."""
        width = max(len(encoding.ids) for encoding in encodings)
        return {
            "input_ids": _stack([encoding.ids for encoding in encodings], width, self.pad_id),
            "attention_mask": _stack([encoding.attention_mask for encoding in encodings], width, 0),
            "token_type_ids": _stack([encoding.type_ids for encoding in encodings], width, 0),
        }

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json``."""
        self.tokenizer.save(str(Path(folder) / "tokenizer.json"))


def batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Indices in batches of like length, longest first, so that memory peaks at once and little is padded."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _stack(rows: Sequence[Sequence[int]], width: int, fill: int) -> Tensor:
    return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows], dtype=torch.long)
