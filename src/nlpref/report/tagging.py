"""A tagger's run from inside: types, entities seen in training and not, errors with examples, confidence, weak slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.report.decisions import decision_notes
from nlpref.report.entity_confidence import confidence_note, entity_reliability, scored
from nlpref.report.entity_errors import Found, common_missed, common_spurious, confused_types, error_table, errors_of
from nlpref.report.entity_examples import KindExamples, examples_by_kind
from nlpref.report.entity_slices import slices_table
from nlpref.report.entity_types import type_intervals, types_table
from nlpref.report.marked import Piece, marked
from nlpref.report.plots import Plot
from nlpref.report.runs import SavedRun
from nlpref.report.seen import forms_table, words_table
from nlpref.report.sentences import Sentence, read_sentences
from nlpref.report.spans import KINDS
from nlpref.report.tables import Table

__all__ = ["SentenceMistake", "TaggingView", "tagging_view"]

_SHOWN = 15


@dataclass(frozen=True)
class SentenceMistake:
    """A sentence twice: with its gold and with its predicted entities."""

    id: str
    kinds: str
    gold: Sequence[Piece]
    predicted: Sequence[Piece]


@dataclass(frozen=True)
class TaggingView:
    """What the page shows of one tagger.

    Args:
        types: Scores by type.
        seen: Scores by what training has shown of an entity; empty if that was not recorded.
        errors: Kinds of errors.
        pairs: Types confused most.
        common: Words missed most, and those marked for nothing.
        kinds: Examples of each kind of error.
        confidence: What its scores are worth, in words.
        decisions: What calibration and a promised precision did, in words; empty without either.
        reliability: The same drawn; None if it has no scores.
        slices: Weak slices of the gold entities, and of the found ones.
        mistakes: Sentences with the most errors.
        wrong: Sentences with an error.
    """

    types: Table
    seen: Sequence[Table]
    errors: Table
    pairs: Table
    common: Sequence[Table]
    kinds: Sequence[KindExamples]
    confidence: str
    decisions: Sequence[str]
    reliability: Plot | None
    slices: Sequence[Table]
    mistakes: Sequence[SentenceMistake]
    wrong: int


def tagging_view(run: SavedRun, rows: Sequence[Mapping[str, Any]], name: str = "tagger") -> TaggingView:
    """Build the view from a run's record and the rows of its ``predictions.jsonl``; ``name`` is unique on the page."""
    sentences = read_sentences(rows, run.folder)
    details = run.result.details
    errors = errors_of(sentences)
    mistakes = _worst(errors)
    return TaggingView(
        types=types_table(details["per_type"], type_intervals(details, sentences)),
        seen=[table for table in (forms_table(sentences), words_table(sentences)) if table],
        errors=error_table(errors),
        pairs=confused_types(sentences, errors),
        common=[common_missed(sentences, errors), common_spurious(sentences, errors)],
        kinds=examples_by_kind(errors, scored(sentences)),
        confidence=confidence_note(sentences),
        decisions=decision_notes(details),
        reliability=entity_reliability(f"{name}-reliability", sentences, _before(details)),
        slices=[slices_table(sentences, gold) for gold in (True, False)],
        mistakes=mistakes[:_SHOWN],
        wrong=len(mistakes),
    )


def _before(details: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Bins of the scores before calibration, if the record has them."""
    bins: Sequence[Mapping[str, Any]] = details.get("span_calibration", {}).get("before", {}).get("bins", ())
    return bins


def _worst(errors: Sequence[Found]) -> list[SentenceMistake]:
    """Sentences with an error, those with the most first."""
    by_sentence: dict[int, tuple[Sentence, list[str]]] = {}
    for sentence, error in errors:
        by_sentence.setdefault(id(sentence), (sentence, []))[1].append(error.kind)
    ranked = sorted(by_sentence.values(), key=lambda one: (-len(one[1]), one[0].id))
    return [
        SentenceMistake(
            one.id, _listed(kinds), marked(one.tokens, one.gold, one.predicted), marked(one.tokens, one.predicted, one.gold)
        )
        for one, kinds in ranked
    ]


def _listed(kinds: Sequence[str]) -> str:
    totals = Counter(kinds)
    return ", ".join(f"{totals[kind]} {kind}" for kind in KINDS if totals[kind])
