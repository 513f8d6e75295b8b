"""Entities that training has shown beside those that it has not: does the tagger remember, or does it generalise?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nlpref.familiarity import FORMS
from nlpref.metrics.span_groups import group_counts, group_estimates
from nlpref.report import words
from nlpref.report.sentences import Known, Sentence
from nlpref.report.tables import Cell, Table
from nlpref.results import Estimate
from nlpref.types import Span

__all__ = ["FORM_NAMES", "WORD_NAMES", "SeenGroup", "forms_seen", "forms_table", "words_seen", "words_table"]


@dataclass(frozen=True)
class SeenGroup:
    """Entities of which training has shown as much: how many are gold and how many were found, and their scores."""

    name: str
    gold: int
    found: int
    scores: Mapping[str, Estimate]


FORM_NAMES: Mapping[str, str] = dict(
    zip(FORMS, ("in training, with this type", "in training, with other types only", "not in training"), strict=True)
)
WORD_NAMES = ("all words known", "some words unseen", "all words unseen")


def forms_seen(sentences: Sequence[Sentence]) -> list[SeenGroup]:
    """Scores by whether training has the very words of an entity as an entity; empty if that is not known."""
    return _groups(sentences, tuple(FORM_NAMES.values()), lambda _, known: FORM_NAMES.get(known.form))


def words_seen(sentences: Sequence[Sentence]) -> list[SeenGroup]:
    """Scores by how many words of an entity training lacks; empty if that is not known."""
    return _groups(sentences, WORD_NAMES, _share)


def forms_table(sentences: Sequence[Sentence]) -> Table | None:
    """``forms_seen`` as a table; None if it is not known."""
    return _table("Entities by whether the same words were an entity in training (in lower case)", forms_seen(sentences))


def words_table(sentences: Sequence[Sentence]) -> Table | None:
    """``words_seen`` as a table; None if it is not known."""
    return _table("Entities by their words that no training sentence has", words_seen(sentences))


def _share(span: Span, known: Known) -> str:
    return WORD_NAMES[0] if not known.unseen else WORD_NAMES[2] if known.unseen == span.end - span.start else WORD_NAMES[1]


def _groups(sentences: Sequence[Sentence], names: Sequence[str], group: Callable[[Span, Known], str | None]) -> list[SeenGroup]:
    if not any(one.known or one.known_predicted for one in sentences):
        return []
    counts = group_counts(
        [one.gold for one in sentences],
        [one.predicted for one in sentences],
        [[group(*pair) for pair in zip(one.gold, one.known, strict=True)] for one in sentences],
        [[group(*pair) for pair in zip(one.predicted, one.known_predicted, strict=True)] for one in sentences],
        names,
    )
    right, spurious, missed = counts.sum(axis=0).T.tolist()
    return [
        SeenGroup(name, right[row] + missed[row], right[row] + spurious[row], scores)
        for row, (name, scores) in enumerate(zip(names, group_estimates(counts), strict=True))
    ]


def _table(caption: str, groups: Sequence[SeenGroup]) -> Table | None:
    if not groups:
        return None
    rows = [
        [
            Cell(one.name, "", "head"),
            _score(one.scores.get("recall"), bar=True),
            _score(one.scores.get("precision")),
            _score(one.scores.get("f1") if one.gold and one.found else None),
            Cell(f"{one.gold:,}"),
            Cell(f"{one.found:,}"),
        ]
        for one in groups
    ]
    return Table(caption, ["Entities", "Recall", "Precision", "F1", "Gold", "Found"], rows)


def _score(found: Estimate | None, bar: bool = False) -> Cell:
    if found is None:
        return Cell("none", "", "missing")
    return Cell(words.decimal(found.value), words.interval(found.low, found.high), share=found.value if bar else None)
