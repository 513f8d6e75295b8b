"""A tagger's predictions as typed sentences, with what training has shown of their entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpref.report.neighbours import known_rows
from nlpref.report.spans import SpanError, pair_errors
from nlpref.types import Span

__all__ = ["Known", "Sentence", "read_sentences"]


@dataclass(frozen=True)
class Known:
    """What training has shown of an entity: its ``form``, one of ``familiarity.FORMS``, and how many of its tokens it lacks."""

    form: str
    unseen: int


@dataclass(frozen=True)
class Sentence:
    """A scored sentence.

    Args:
        id: Its name.
        tokens: Its words.
        gold: Its entities.
        predicted: Those that were found, with scores.
        unseen: Share of its words that training lacks; None if that is not known.
        known: For each gold entity what training has shown of it; empty if that is not known.
        known_predicted: The same for each found one.
    """

    id: str
    tokens: tuple[str, ...]
    gold: tuple[Span, ...]
    predicted: tuple[Span, ...]
    unseen: float | None = None
    known: tuple[Known, ...] = ()
    known_predicted: tuple[Known, ...] = ()

    @property
    def errors(self) -> list[SpanError]:
        """What is wrong with the found entities."""
        return pair_errors(self.gold, self.predicted)

    def form(self, span: Span) -> str:
        """The words of an entity."""
        return " ".join(self.tokens[span.start : span.end])


def read_sentences(rows: Sequence[Mapping[str, Any]], folder: Path | None = None) -> list[Sentence]:
    """Sentences of a run, in the order of the split.

    Args:
        rows: Of ``predictions.jsonl``.
        folder: Of the run; its ``familiarity.jsonl`` is read if it has one of the same sentences.

    Raises:
        StorageError: if that file cannot be read.
    """
    known = known_rows(folder, rows) if folder else []
    return [_sentence(row, told) for row, told in zip(rows, known or [{}] * len(rows), strict=True)]


def _sentence(row: Mapping[str, Any], told: Mapping[str, Any]) -> Sentence:
    known = {
        part: tuple(Known(str(one["form"]), int(one["unseen"])) for one in told.get(part, ())) for part in ("gold", "predicted")
    }
    fits = all(len(known[part]) == len(row[part]) for part in known)
    return Sentence(
        id=str(row["id"]),
        tokens=tuple(map(str, row["tokens"])),
        gold=_spans(row["gold"]),
        predicted=_spans(row["predicted"]),
        unseen=told.get("unseen"),
        known=known["gold"] if fits else (),
        known_predicted=known["predicted"] if fits else (),
    )


def _spans(rows: Sequence[Mapping[str, Any]]) -> tuple[Span, ...]:
    return tuple(Span(row["start"], row["end"], str(row["label"]), min(1.0, float(row.get("score", 1.0)))) for row in rows)
