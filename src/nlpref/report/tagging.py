"""A tagger's run from inside: types, kinds of errors, and the sentences with the most of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.report import words
from nlpref.report.runs import SavedRun
from nlpref.report.spans import KINDS, span_errors
from nlpref.report.tables import Cell, Table, scores_table
from nlpref.types import Span

__all__ = ["Piece", "SentenceMistake", "TaggingView", "tagging_view"]

_SHOWN = 15
_STRETCH = 30
"""Longer stretches without an entity are shortened to so many tokens."""
_MEANING: Mapping[str, str] = {
    "boundary": "right type, but it begins or ends elsewhere",
    "type": "right place, wrong type",
    "boundary and type": "overlaps an entity, wrong type and wrong ends",
    "spurious": "no entity there",
    "missed": "an entity that was not found",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: plain if it has no label, else an entity, right or wrong."""

    text: str
    label: str = ""
    right: bool = True


@dataclass(frozen=True)
class SentenceMistake:
    """A sentence twice: with its gold and with its predicted entities."""

    id: str
    kinds: str
    gold: Sequence[Piece]
    predicted: Sequence[Piece]


@dataclass(frozen=True)
class TaggingView:
    """What the page shows of one tagger."""

    types: Table
    errors: Table
    mistakes: Sequence[SentenceMistake]
    wrong: int


def tagging_view(run: SavedRun, rows: Sequence[Mapping[str, Any]]) -> TaggingView:
    """Build the view from a run's record and the rows of its ``predictions.jsonl``."""
    read = [(row, _spans(row["gold"]), _spans(row["predicted"])) for row in rows]
    errors = [(span_errors(gold, predicted), row, gold, predicted) for row, gold, predicted in read]
    totals = Counter(kind for kinds, *_ in errors for kind in kinds)
    worst = sorted((one for one in errors if one[0]), key=lambda one: (-len(one[0]), str(one[1]["id"])))
    mistakes = [
        SentenceMistake(
            str(row["id"]), _listed(kinds), _pieces(row["tokens"], gold, predicted), _pieces(row["tokens"], predicted, gold)
        )
        for kinds, row, gold, predicted in worst[:_SHOWN]
    ]
    types = scores_table("Entity types, lowest F1 first", "Type", run.result.details["per_type"])
    return TaggingView(types, _error_table(totals), mistakes, len(worst))


def _error_table(totals: Mapping[str, int]) -> Table:
    whole = sum(totals.values())
    rows = [
        [
            Cell(kind, "", "head"),
            Cell(f"{totals.get(kind, 0):,}"),
            Cell(words.percent(totals.get(kind, 0) / whole) if whole else "none"),
            Cell(_MEANING[kind], "", "text"),
        ]
        for kind in KINDS
    ]
    return Table(f"Kinds of errors ({whole:,} in all)", ["Kind", "Errors", "Share", "Meaning"], rows)


def _spans(rows: Sequence[Mapping[str, Any]]) -> list[Span]:
    return [Span(row["start"], row["end"], str(row["label"])) for row in rows]


def _listed(kinds: Sequence[str]) -> str:
    totals = Counter(kinds)
    return ", ".join(f"{totals[kind]} {kind}" for kind in KINDS if totals[kind])


def _pieces(tokens: Sequence[str], spans: Sequence[Span], others: Sequence[Span]) -> list[Piece]:
    """A sentence cut at the edges of ``spans``; a span is right if it is among the others too."""
    pieces: list[Piece] = []
    done = 0
    for span in spans:
        pieces += _plain(tokens[done : span.start])
        pieces.append(Piece(" ".join(map(str, tokens[span.start : span.end])), span.label, span in others))
        done = span.end
    return pieces + _plain(tokens[done:])


def _plain(tokens: Sequence[str]) -> list[Piece]:
    if len(tokens) > _STRETCH:
        tokens = [*tokens[: _STRETCH // 2], "…", *tokens[-(_STRETCH // 2) :]]
    return [Piece(" ".join(map(str, tokens)))] if tokens else []
