"""How the documents of a collection are read and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from nlpref.errors import InputError
from nlpref.retrieval.bm25 import check_bm25
from nlpref.retrieval.checks import check_cutoff

__all__ = ["CollectionSettings"]


@dataclass(frozen=True)
class CollectionSettings:
    """What may not change once there are documents.

    Args:
        k1: As in ``Bm25Retriever``, like the five that follow.
        b: How much long documents are held back.
        stemmer: Snowball language, or None.
        stopwords: ``en``, ``en_long`` or None.
        method: Variant of BM25.
        delta: Of ``bm25l`` and ``bm25+``.
        title_weight: How many times the words of a title count; 1 as in ``Bm25Retriever``, 0 not at all.
        chunk: Words of a piece that long documents are cut into, each with the title; None leaves documents whole.
        overlap: Words that a piece shares with the one before it.
        combine: What a document scores by its pieces: the ``best`` of them or their ``sum``.

    Raises:
        InputError: if a setting is out of range.
    """

    k1: float = 1.5
    b: float = 0.75
    stemmer: str | None = "english"
    stopwords: str | None = "en"
    method: str = "lucene"
    delta: float = 0.5
    title_weight: int = 1
    chunk: int | None = None
    overlap: int = 0
    combine: Literal["best", "sum"] = "best"

    def __post_init__(self) -> None:
        check_bm25(self.k1, self.b, self.stemmer, self.stopwords, self.method, self.title_weight)
        if isinstance(self.overlap, bool) or not isinstance(self.overlap, int) or self.overlap < 0:
            raise InputError(f"overlap is {self.overlap!r}, expected a whole number of at least 0")
        if self.chunk is not None and check_cutoff(self.chunk, "chunk") <= self.overlap:
            raise InputError(f"overlap is {self.overlap}, expected less than chunk, which is {self.chunk}")
        if self.combine not in ("best", "sum"):
            raise InputError(f"combine is {self.combine!r}, expected 'best' or 'sum'")

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> Self:
        """From what ``asdict`` gave."""
        return cls(**saved)

    def differences(self, other: CollectionSettings) -> list[str]:
        """Settings in which two differ, each as ``name: own, not other``."""
        mine, theirs = asdict(self), asdict(other)
        names = [field.name for field in fields(self)]
        return [f"{name}: {mine[name]!r}, not {theirs[name]!r}" for name in names if mine[name] != theirs[name]]
