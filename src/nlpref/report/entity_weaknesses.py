"""What a tagger misses most, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nlpref.metrics.slices import Slice
from nlpref.report import words
from nlpref.report.entity_errors import Found, type_pairs
from nlpref.report.entity_slices import ENTITY_CASE, LENGTH, MARKS, PLACE, SENTENCE_CASE, SIZE, UNSEEN, gold_slices
from nlpref.report.entity_trust import plain_type
from nlpref.report.seen import FORM_NAMES, forms_seen
from nlpref.report.sentences import Sentence

__all__ = ["entity_weaknesses"]

_NAMED = 3
_ENOUGH = 10
"""Test entities that a type or a group needs to be spoken of."""


def entity_weaknesses(sentences: Sequence[Sentence], errors: Sequence[Found]) -> Iterator[str]:
    """A sentence for each kind of weakness."""
    sizes = Counter(span.label for one in sentences for span in one.gold)
    lost = Counter(span.label for one in sentences for span in one.gold if span not in one.predicted)
    judged = sorted((name for name in lost if sizes[name] >= _ENOUGH), key=lambda name: (-lost[name] / sizes[name], name))[
        :_NAMED
    ]
    if judged:
        told = ", ".join(f"{plain_type(name)} ({lost[name]:,} of {sizes[name]:,} not found)" for name in judged)
        yield f"Types that it finds least often: {told}."
    if pairs := type_pairs(errors)[:_NAMED]:
        told = ", ".join(
            f"{plain_type(gold)} taken for {plain_type(said)} ({words.count(len(found), 'time')})" for gold, said, found in pairs
        )
        yield f"Confused most: {told}."
    missed = Counter(one.form(error.gold).lower() for one, error in errors if error.kind == "missed" and error.gold)
    if often := [pair for pair in sorted(missed.items(), key=lambda pair: (-pair[1], pair[0])) if pair[1] > 1][:_NAMED]:
        told = ", ".join(f"“{form}” ({words.count(n, 'time')})" for form, n in often)
        yield f"Words missed most: {told}."
    yield from _unseen(sentences)
    weak = [one for one in gold_slices(sentences) if one.weak][:_NAMED]
    yield from map(_slice, weak)
    if not weak:
        yield "No group of entities stands out as worse than the rest by more than chance."


def _unseen(sentences: Sequence[Sentence]) -> Iterator[str]:
    groups = {one.name: one for one in forms_seen(sentences) if one.gold >= _ENOUGH}
    same, other, new = (groups.get(name) for name in FORM_NAMES.values())
    told = [
        f"{words.out_of(group.scores['recall'].value)} {which}"
        for group, which in (
            (same, "entities whose words it learned with that type"),
            (other, "whose words it learned with other types only"),
            (new, "that it never met in training"),
        )
        if group is not None
    ]
    if len(told) > 1:
        yield f"It finds {', '.join(told[:-1])} and {told[-1]}."


def _slice(one: Slice) -> str:
    which = {
        LENGTH: f"in texts of {one.value} words",
        SENTENCE_CASE: {
            "all lower": "in texts without capitals",
            "shouted": "in texts in capitals",
        }.get(one.value, "in texts of normal case"),
        MARKS: f"in texts with{'' if one.value == 'present' else 'out'} hashtags or handles",
        UNSEEN: f"in texts of whose words {one.value} never came in training",
        SIZE: f"of {one.value} {'word' if one.value == '1' else 'words'}",
        ENTITY_CASE: {"all lower": "without capitals", "shouted": "in capitals"}.get(one.value, "of normal case"),
        PLACE: {"inside": "inside a text", "the whole sentence": "that are the whole text"}.get(
            one.value, f"{one.value.replace('its', 'the')} of a text"
        ),
    }.get(one.column, f"whose {one.column} is {one.value}")
    return f"Entities {which} are not found for {words.out_of(one.rate)}, all others for {words.out_of(one.rest_rate)}."
