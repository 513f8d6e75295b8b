"""A tagger that says what it was told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.neural.session import current_session
from nlpref.types import Span, TaggedTokens

__all__ = ["Told"]


class Told(BaseEstimator):
    """Says of every sentence what it was told, once it is fitted."""

    def __init__(self, spans: Sequence[Span], labels: Sequence[str] = ("a",)) -> None:
        self.spans = spans
        self.labels = tuple(labels)
        self.folders: list[Any] = []

    def fit(self, train: Sequence[TaggedTokens], validation: Sequence[TaggedTokens] = ()) -> Self:
        self.seen = (len(train), len(validation))
        self.folders.append(current_session().next_checkpoints())
        return self

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[Span]]:
        return [list(self.spans) for _ in sentences]

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)
