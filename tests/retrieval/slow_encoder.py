"""An encoder for tests of embedding: quick to load, slow to answer, and it keeps a record of who asked it for what."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from sklearn.base import BaseEstimator

from nlpref import storage

__all__ = ["SlowEncoder"]


class SlowEncoder(BaseEstimator):
    """A vector is drawn from the sum of its text; a text with the word ``poison`` is an error, and one with the word
    ``deadly`` ends the process that reads it.

    Args:
        record: File to which each call adds its process and its first text.
        delay_s: What a call takes at least.
    """

    dim = 8

    def __init__(self, record: str, delay_s: float = 0.0) -> None:
        self.record = record
        self.delay_s = delay_s

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> np.ndarray:
        with Path(self.record).open("a", encoding="utf-8") as stream:
            stream.write(f"{os.getpid()} {texts[0]}\n")
        if any("poison" in text for text in texts):
            raise ValueError("this text cannot be embedded")
        if any("deadly" in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.delay_s)
        rows = [np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest(), 16)).normal(size=self.dim) for text in texts]
        vectors = np.stack(rows)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)
