"""A first stage and a reranker of which everything is known, and a clock that only they move."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["DOCUMENTS", "Clock", "Reader", "Shelf", "asked"]

DOCUMENTS = [Document(f"d{number:02}", f"page {number}") for number in range(60)]


def asked(number: int, place: int, bad: bool = False) -> JudgedQuery:
    """A query for one page, which the first stage puts at a place, counted from 0; with a bad one the reader errs."""
    said = f"page {number} at {place}" + " and please be so kind" * bad
    return JudgedQuery(said, said, {f"d{number:02}": 1})


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_ms(self, ms: float) -> None:
        self.now += ms / 1000


class _Kept:
    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


class Shelf(_Kept):
    """Gives all pages in order, and the one that is asked for at the place that the query names."""

    clock: Clock | None = None
    ms = 5.0

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        found = []
        for query in queries:
            if self.clock:
                self.clock.pass_ms(self.ms)
            _, number, _, place, *_ = query.split()
            ids = [document.id for document in DOCUMENTS if document.id != f"d{int(number):02}"]
            ids.insert(int(place), f"d{int(number):02}")
            found.append([Hit(id_, 100.0 - rank) for rank, id_ in enumerate(ids[:k])])
        return found


class Reader(_Kept):
    """Scores the page that is asked for by 1, the others by 0; the other way round for bad queries."""

    clock: Clock | None = None
    call_ms, pair_ms = 1.0, 2.0

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.clock:
            self.clock.pass_ms(self.call_ms + self.pair_ms * len(texts))
        self.read += texts
        wanted = " ".join(query.split()[:2])
        right = np.array([text == wanted for text in texts], dtype=np.float32)
        return 1 - right if "please" in query else right
