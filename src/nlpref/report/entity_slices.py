"""On which entities and sentences a tagger is weak: slices by length, case, marks of social media and place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nlpref.metrics.slices import SUPPORT, Column, Slice, find_slices
from nlpref.report import words
from nlpref.report.sentences import Sentence
from nlpref.report.tables import Cell, Table
from nlpref.types import Span

__all__ = [
    "ENTITY_CASE",
    "LENGTH",
    "MARKS",
    "PLACE",
    "SENTENCE_CASE",
    "SIZE",
    "UNSEEN",
    "found_slices",
    "gold_slices",
    "slices_table",
]

LENGTH = "words in the sentence"
SENTENCE_CASE = "case of the sentence"
MARKS = "hashtags or handles in the sentence"
UNSEEN = "share of the sentence's words that training lacks"
SIZE = "words in the entity"
ENTITY_CASE = "case of the entity"
PLACE = "place in the sentence"
_SHOWN = 12
_MARK = ("#", "@")

Pick = Callable[[Sentence], Sequence[Span]]
Values = Sequence[str | float | None]


def gold_slices(sentences: Sequence[Sentence]) -> list[Slice]:
    """Slices of the gold entities, wrong where one was not found exactly; the least probable first."""
    return _slices(sentences, lambda one: one.gold, lambda one: one.predicted)


def found_slices(sentences: Sequence[Sentence]) -> list[Slice]:
    """Slices of the found entities, wrong where one is not exactly a gold one; the least probable first."""
    return _slices(sentences, lambda one: one.predicted, lambda one: one.gold)


def slices_table(sentences: Sequence[Sentence], gold: bool) -> Table:
    """A row for each weak slice of the gold entities, or of the found ones; the caption says how many were tested.

    The test takes entities as independent. Those of a sentence are not quite, so each share has a bootstrap interval over
    sentences beside it.
    """
    slices = gold_slices(sentences) if gold else found_slices(sentences)
    weak = [one for one in slices if one.weak]
    what = "gold entities are not found exactly" if gold else "found entities are wrong"
    tested = f"{words.count(len(slices), 'slice')} of at least {SUPPORT} entities tested"
    if not weak:
        return Table(f"There is no slice in which more {what} than elsewhere by more than chance ({tested})", [], [])
    rows = [
        [
            Cell(f"{one.column}: {one.value}", "", "head"),
            Cell(words.percent(one.rate), f"{one.wrong:,} of {one.n:,}", share=one.rate),
            Cell(f"{100 * one.interval.low:.0f} to {100 * one.interval.high:.0f} %" if one.interval else words.MISSING),
            Cell(words.percent(one.rest_rate)),
            Cell(words.p_value(one.p_value)),
        ]
        for one in weak[:_SHOWN]
    ]
    caption = f"Slices in which more {what} than elsewhere ({tested}; one-sided exact test, adjusted by Holm, which takes "
    caption += "entities as independent; intervals by bootstrap over sentences do not)"
    return Table(caption, ["Entities", "Not found" if gold else "Wrong", "95 % interval", "Elsewhere", "Adjusted p"], rows)


def _slices(sentences: Sequence[Sentence], pick: Pick, others: Pick) -> list[Slice]:
    wrong = [span not in others(one) for one in sentences for span in pick(one)]
    clusters = [number for number, one in enumerate(sentences) for _ in pick(one)]
    return find_slices(wrong, list(_columns(sentences, pick)), clusters=clusters)


def _columns(sentences: Sequence[Sentence], pick: Pick) -> Iterator[Column]:
    """What is known of each entity."""

    def of_sentence(value: Callable[[Sentence], str | float | None]) -> Values:
        return [found for one in sentences for found in [value(one)] * len(pick(one))]

    def of_entity(value: Callable[[Sentence, Span], str | float | None]) -> Values:
        return [value(one, span) for one in sentences for span in pick(one)]

    yield Column(LENGTH, of_sentence(lambda one: float(len(one.tokens))))
    yield Column(SENTENCE_CASE, of_sentence(lambda one: _case(one.tokens)))
    yield Column(MARKS, of_sentence(lambda one: "present" if any(map(_marked, one.tokens)) else "none"))
    if any(one.unseen is not None for one in sentences):
        yield Column(UNSEEN, of_sentence(lambda one: one.unseen), words.percent)
    yield Column(SIZE, of_entity(lambda _, span: float(span.end - span.start)))
    yield Column(ENTITY_CASE, of_entity(lambda one, span: _case(one.tokens[span.start : span.end])))
    yield Column(PLACE, of_entity(_place))


def _case(tokens: Sequence[str]) -> str | None:
    """``all lower``, ``shouted``: most words of two letters or more in capitals, or ``normal``; None without a cased letter.

    Hashtags and handles, which have their own rules, are left aside unless there is nothing else.
    """
    plain = [token for token in tokens if not _marked(token)] or tokens
    letters = "".join(plain)
    if letters.islower():
        return "all lower"
    if letters.upper() == letters.lower():
        return None
    long = [token for token in plain if sum(character.isalpha() for character in token) > 1]
    return "shouted" if long and 2 * sum(token.isupper() for token in long) > len(long) else "normal"


def _marked(token: str) -> bool:
    return len(token) > 1 and token.startswith(_MARK)


def _place(one: Sentence, span: Span) -> str:
    first = not any(_worded(token) for token in one.tokens[: span.start])
    last = not any(_worded(token) for token in one.tokens[span.end :])
    if first and last:
        return "the whole sentence"
    return "at its beginning" if first else "at its end" if last else "inside"


def _worded(token: str) -> bool:
    return any(character.isalnum() for character in token)
