"""What the training texts have to say of a mistake: those nearest to it, and their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpref.familiarity import NAME
from nlpref.report import words
from nlpref.report.runs import read_rows

__all__ = ["Neighbour", "known_rows", "neighbours_of"]

_LONGEST = 200


@dataclass(frozen=True)
class Neighbour:
    """A training text, its label, how near it is, and whether its label is the one that the mistake was given."""

    text: str
    label: str
    similarity: str
    misleads: bool


def known_rows(folder: Path, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of a run's ``familiarity.jsonl``, one for each of its predictions; empty if it has none or other ones.

    Raises:
        StorageError: if the file cannot be read.
    """
    if not (folder / NAME).is_file():
        return []
    known = read_rows(folder / NAME)
    same = [row.get("id") for row in known] == [row["id"] for row in rows]
    return known if same else []


def neighbours_of(known: Mapping[str, Any], predicted: str) -> list[Neighbour]:
    """The neighbours of one row of ``familiarity.jsonl``."""
    return [
        Neighbour(
            text=text if len(text := str(one["text"])) <= _LONGEST else text[:_LONGEST].rstrip() + " …",
            label=str(one["label"]),
            similarity=words.decimal(float(one["similarity"]), 2),
            misleads=str(one["label"]) == predicted,
        )
        for one in known.get("neighbours", ())
    ]
