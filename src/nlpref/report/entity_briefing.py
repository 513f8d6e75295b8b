"""One page about one tagger, in plain words, for those who decide whether it is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlpref.errors import InputError
from nlpref.metrics.significance import mean_interval
from nlpref.report import words
from nlpref.report.checking import checked_share, checking_table
from nlpref.report.entity_confidence import scored
from nlpref.report.entity_errors import Found, errors_of
from nlpref.report.entity_examples import examples_by_kind
from nlpref.report.entity_quality import EntityCounts, entity_headline, entity_quality
from nlpref.report.entity_trust import plain_type, trust_notes, trust_table, trusted_types
from nlpref.report.entity_types import type_intervals
from nlpref.report.entity_weaknesses import entity_weaknesses
from nlpref.report.marked import Piece, cut_out
from nlpref.report.runs import SavedRun, read_rows
from nlpref.report.sentences import Sentence, read_sentences
from nlpref.report.stakes import ASSUMED, DAYS, Stakes
from nlpref.report.tables import Table

__all__ = ["EntityBriefing", "Example", "brief_entities"]

_RIGHT = 4
"""Examples of right marks, each of another type."""
_PLAIN: Mapping[str, tuple[str, str]] = {
    "boundary": ("Wrong ends", "marked with wrong ends"),
    "type": ("Wrong type", "with a wrong type"),
    "boundary and type": ("Both wrong", "with both wrong"),
    "spurious": ("No entity", "marked where there is no entity"),
    "missed": ("Not marked", "not marked"),
}
"""Kinds of errors as titles, and in a list."""


@dataclass(frozen=True)
class Example:
    """A mark in its surroundings, under a title, with a note behind it."""

    title: str
    pieces: Sequence[Piece]
    note: str = ""


@dataclass(frozen=True)
class EntityBriefing:
    """The page: sentences by section.

    Args:
        model: Name of the model.
        headline: How much it finds and how much of that is right.
        does: What it finds.
        quality: How often it is right, and how sure that is.
        right: Examples of what it marks rightly.
        trust: Which types can be trusted; ``types`` tells of each.
        types: None if there is no type.
        weak: What it misses most.
        errors: What its errors look like; ``wrong`` shows one of each kind.
        wrong: Examples of errors.
        costs: What its errors cost.
        checks: What people must still check.
        checking: What checking buys; None where it does not say how sure it is.
        unmeasured: What was not measured.
        assumed: The assumptions behind the costs.
    """

    model: str
    headline: str
    does: Sequence[str]
    quality: Sequence[str]
    right: Sequence[Example]
    trust: Sequence[str]
    types: Table | None
    weak: Sequence[str]
    errors: Sequence[str]
    wrong: Sequence[Example]
    costs: Sequence[str]
    checks: Sequence[str]
    checking: Table | None
    unmeasured: Sequence[str]
    assumed: str


def brief_entities(run: SavedRun, stakes: Stakes = ASSUMED) -> EntityBriefing:
    """Put a tagger's run into plain words.

    Raises:
        StorageError: if its predictions cannot be read.
        InputError: if it is not of a tagger, or scored no text.
    """
    if run.result.task != "ner":
        raise InputError(f"{run.place} is a run of the task {run.result.task}, not of a tagger")
    sentences = read_sentences(read_rows(run.folder / "predictions.jsonl"), run.folder)
    if not sentences:
        raise InputError(f"{run.place} scored no text, so there is nothing to tell")
    details = run.result.details
    counts, errors = EntityCounts(sentences, run.result.metrics), errors_of(sentences)
    types = trusted_types(details["per_type"], type_intervals(details, sentences))
    answers = _answers(sentences) if scored(sentences) else []
    daily = replace(stakes, texts_per_day=stakes.texts_per_day * counts.marked / len(sentences)) if answers else stakes
    return EntityBriefing(
        model=run.result.model,
        headline=entity_headline(counts),
        does=list(_does(run, sentences, [one.name for one in types if one.support], counts)),
        quality=list(entity_quality(sentences, counts)),
        right=_right(sentences),
        trust=list(trust_notes(types)),
        types=trust_table(types) if types else None,
        weak=list(entity_weaknesses(sentences, errors)),
        errors=[_kinds(errors)],
        wrong=_wrong(errors, bool(answers)),
        costs=list(_costs(sentences, counts, stakes)),
        checks=list(_checks(answers, daily, sentences, counts, stakes)),
        checking=checking_table(answers, daily, "marks") if answers else None,
        unmeasured=list(_unmeasured(run, sentences)),
        assumed=(
            f"Assumed, not measured: {words.rounded(stakes.texts_per_day)} texts a day with as many entities as the test texts, "
            f"{stakes.money(stakes.cost_per_error)} for each error, {DAYS} days a year, and people who are always right. Set "
            "your own with cost_per_error=, texts_per_day= and currency=."
        ),
    )


def _does(run: SavedRun, sentences: Sequence[Sentence], types: Sequence[str], counts: EntityCounts) -> Iterator[str]:
    some = ", ".join(map(plain_type, types[:6]))
    named = f", such as {some}" if len(types) > 6 else f": {some}" if types else ""
    yield f"It reads a text and marks entities of {words.count(len(types), 'type')}{named}."
    notes = run.result.details.get("dataset_notes")
    size = notes.get("sizes", {}).get("train") if isinstance(notes, Mapping) else None
    if size:
        yield f"It learned from {size:,} texts of {run.result.dataset['name']}."
    yield (
        f"What follows was found on {len(sentences):,} texts that it had not seen ({run.result.split}); "
        f"{sum(bool(one.gold) for one in sentences):,} of them have an entity, all together {counts.gold:,}."
    )


def _right(sentences: Sequence[Sentence]) -> list[Example]:
    """The surest right mark of each of the commonest types, with different words around it."""
    best: dict[str, tuple[float, Example]] = {}
    for one in sentences:
        for span in one.predicted:
            if span in one.gold and (span.label not in best or span.score > best[span.label][0]):
                best[span.label] = (
                    span.score,
                    Example(plain_type(span.label).strip("“”").capitalize(), cut_out(one.tokens, span, right=True)),
                )
    common = Counter(span.label for one in sentences for span in one.gold)
    return [best[label][1] for label, _ in common.most_common() if label in best][:_RIGHT]


def _wrong(errors: Sequence[Found], has_scores: bool) -> list[Example]:
    """One error of each kind."""
    made: list[Example] = []
    for kind in examples_by_kind(errors, has_scores, most=1):
        (example,) = kind.examples
        right = next((piece for piece in example.gold if piece.label), None)
        note = {"missed": "was not marked", "spurious": "is no entity"}.get(kind.kind, "")
        if right and example.predicted:
            wanted = [f"“{right.text}”"] if "boundary" in kind.kind else []
            note = f"should be {', '.join([*wanted, *([plain_type(right.label)] if 'type' in kind.kind else [])])}"
        made.append(Example(_PLAIN[kind.kind][0], example.predicted or example.gold, note))
    return made


def _kinds(errors: Sequence[Found]) -> str:
    if not errors:
        return "There was no error on the test texts."
    totals = {kind: sum(error.kind == kind for _, error in errors) for kind in _PLAIN}
    told = ", ".join(f"{n:,} {_PLAIN[kind][1]}" for kind, n in totals.items() if n)
    return f"{words.count(len(errors), 'error')} in all: {told}."


def _costs(sentences: Sequence[Sentence], counts: EntityCounts, stakes: Stakes) -> Iterator[str]:
    """Errors of a day; what is marked with wrong ends or a wrong type is one error, not two."""
    found = mean_interval([float(len(one.errors)) for one in sentences])
    fewest, most = (words.rounded(stakes.daily_texts(share)) for share in (found.low, found.high))
    entities = words.rounded(stakes.daily_texts(counts.gold / len(sentences)))
    yield (
        f"In {words.rounded(stakes.texts_per_day)} texts a day there are about {entities} entities, and it makes "
        f"{words.rounded(stakes.daily_texts(found.value))} errors (between {fewest} and {most}): wrong marks, and entities that "
        "it does not mark. A mark with wrong ends or a wrong type counts once."
    )
    yield (
        f"At {stakes.money(stakes.cost_per_error)} for each, that is {stakes.money(stakes.daily(found.value))} a day and "
        f"{stakes.money(stakes.yearly(found.value))} a year."
    )


def _checks(
    answers: Sequence[Mapping[str, Any]], daily: Stakes, sentences: Sequence[Sentence], counts: EntityCounts, stakes: Stakes
) -> Iterator[str]:
    if not answers:
        yield "It does not say how sure it is of a mark, so people cannot pick the doubtful ones: all or none are checked."
    else:
        yield "It says how sure it is of each mark, and people can check the least sure ones first."
        half = checked_share(answers, 0.5)
        yield (
            "There was no wrong mark on the test texts, so what a check would find is not known."
            if half is None
            else f"On the test texts, half of the wrong marks are among the least sure {words.percent(half)} of the marks: "
            f"{words.rounded(daily.daily_texts(half))} checks a day would leave half of them."
        )
    missed = sum(error.kind == "missed" for one in sentences for error in one.errors)
    if missed:
        yield (
            f"No check of marks finds what it did not mark: {words.out_of(missed / counts.gold)} entities, "
            f"{words.rounded(stakes.daily_texts(missed / len(sentences)))} a day. Where these matter, people must read the texts."
        )


def _answers(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Each mark as an answer that is right or wrong with a probability, as ``checking`` takes them."""
    return [
        {"probability": span.score, "gold": True, "predicted": span in one.gold} for one in sentences for span in one.predicted
    ]


def _unmeasured(run: SavedRun, sentences: Sequence[Sentence]) -> Iterator[str]:
    yield "Texts that differ from the test texts: newer ones, other products, other customers, other languages."
    yield "Entities of other types: it has not learned to see them."
    if not any(one.known for one in sentences):
        yield "How well it finds entities that it never met in training: this run did not record which these are."
    yield "Whether it serves all channels, segments or groups of people equally well: the texts carry no such facts."
    if run.noise is None:
        yield "How much typing errors, slang or cut-off texts harm it."
    if run.latency is None:
        yield "How fast it answers, and on what machine (nlpref bench)."
    yield "Whether the entities marked by hand in the test texts are all right themselves: they count as the truth here."
    yield "What it would do if trained again: this is one training with one seed."
