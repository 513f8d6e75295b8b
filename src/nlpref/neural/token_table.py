"""One vector for each token, and the sum of those of a text: all that a static model computes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from nlpref.errors import InputError, MissingResourceError, StorageError

__all__ = ["TokenTable", "read_tokenizer"]

VECTORS = "embeddings.safetensors"
TOKENIZER = "tokenizer.json"
BLOCK = 1024
"""Texts whose token vectors are in memory at once."""


def read_tokenizer(folder: Path) -> Tokenizer:
    """The Rust tokenizer of a folder, without padding and cutting.

    Raises:
        MissingResourceError: if the folder holds no ``tokenizer.json``.
    """
    path = Path(folder) / TOKENIZER
    if not path.is_file():
        raise MissingResourceError(f"{folder} holds no {TOKENIZER}; nlpref needs the fast tokenizer's file")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class TokenTable:
    """A tokenizer and a vector for each of its tokens.

    Args:
        tokenizer: Turns texts into ids.
        vectors: (n_tokens, dim); rounded to float16, as they are saved, and held as float32, as they are summed.
        max_length: Longest text in tokens; longer texts are cut. None cuts none.

    Raises:
        InputError: if ``max_length`` is below 1.
    """

    def __init__(self, tokenizer: Tokenizer, vectors: NDArray[np.floating], max_length: int | None = None) -> None:
        if max_length is not None and max_length < 1:
            raise InputError(f"max_length is {max_length}, expected at least 1 token, or None to cut no text")
        self.tokenizer = tokenizer
        self.vectors: NDArray[np.float32] = np.asarray(vectors, dtype=np.float16).astype(np.float32)
        self.max_length = max_length
        self._unknown = _unknown_id(tokenizer)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of the known tokens of each text, no special tokens among them."""
        encodings = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [self._known(encoding.ids) for encoding in encodings]

    def sums(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Sum of the token vectors of each text, float32, (n_texts, dim); zeros where no token is known."""
        sums = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), BLOCK):
            self._add(self.ids(texts[start : start + BLOCK]), sums[start : start + BLOCK])
        return sums

    def save(self, folder: Path) -> None:
        """Write vectors and tokenizer into an existing folder."""
        save_file({"embeddings": self.vectors.astype(np.float16)}, folder / VECTORS)
        self.tokenizer.save(str(folder / TOKENIZER))

    @classmethod
    def load(cls, folder: Path, max_length: int | None = None) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if there are fewer vectors than tokens.
        """
        table = cls(read_tokenizer(folder), load_file(folder / VECTORS)["embeddings"], max_length)
        if len(table.vectors) < table.tokenizer.get_vocab_size():
            raise StorageError(f"{folder}: {len(table.vectors)} vectors for {table.tokenizer.get_vocab_size()} tokens")
        return table

    def _add(self, ids: list[list[int]], sums: NDArray[np.float32]) -> None:
        lengths = np.fromiter(map(len, ids), np.intp, len(ids))
        filled = np.flatnonzero(lengths)  # reduceat has no empty sums
        if len(filled):
            ends = lengths.cumsum()
            flat = np.fromiter(chain.from_iterable(ids), np.intp, ends[-1])
            sums[filled] = np.add.reduceat(self.vectors.take(flat, axis=0), (ends - lengths)[filled], axis=0)

    def _known(self, ids: list[int]) -> list[int]:
        if self._unknown in ids:
            ids = [id_ for id_ in ids if id_ != self._unknown]
        return ids[: self.max_length]


def _unknown_id(tokenizer: Tokenizer) -> int | None:
    """Id of the token that stands for what the tokenizer does not know, if it has one."""
    model = tokenizer.model
    if hasattr(model, "unk_token"):
        return None if model.unk_token is None else tokenizer.token_to_id(model.unk_token)
    found: int | None = json.loads(tokenizer.to_str())["model"].get("unk_id")  # a unigram model tells only in its file
    return found
