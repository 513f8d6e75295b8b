"""Examples of each kind of error: the surest of what was said, the commonest of what was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.report import words
from nlpref.report.entity_errors import MEANING, Found
from nlpref.report.marked import Piece, cut_out
from nlpref.report.spans import KINDS

__all__ = ["EntityExample", "KindExamples", "examples_by_kind"]

_EACH = 5


@dataclass(frozen=True)
class EntityExample:
    """An error: the gold entity and the predicted one in their surroundings, empty where there is none, and its score."""

    id: str
    gold: Sequence[Piece]
    predicted: Sequence[Piece]
    score: str


@dataclass(frozen=True)
class KindExamples:
    """Examples of one kind, out of so many errors."""

    kind: str
    meaning: str
    number: int
    examples: Sequence[EntityExample]


def examples_by_kind(errors: Sequence[Found], scored: bool, most: int = _EACH) -> list[KindExamples]:
    """For each kind that occurs some examples, with different words as far as there are such.

    Args:
        errors: As ``errors_of`` gives them.
        scored: Whether predicted entities have scores that say something.
        most: Examples of each kind.
    """
    made: list[KindExamples] = []
    for kind in KINDS:
        found = [one for one in errors if one[1].kind == kind]
        if found:
            made.append(KindExamples(kind, MEANING[kind], len(found), [_example(one, scored) for one in _chosen(found, most)]))
    return made


def _chosen(found: Sequence[Found], most: int) -> list[Found]:
    times = Counter(map(_words, found))

    def rank(one: Found) -> tuple[float, int, str]:
        predicted = one[1].predicted
        return (-predicted.score if predicted else 0.0, -times[_words(one)], one[0].id)

    fresh: list[Found] = []
    again: list[Found] = []
    shown: set[str] = set()
    for one in sorted(found, key=rank):
        said = set(_words(one).split())
        (again if said & shown else fresh).append(one)
        shown |= said
    return [*fresh, *again][:most]


def _words(one: Found) -> str:
    sentence, error = one
    return " ".join(sentence.form(span).lower() for span in (error.gold, error.predicted) if span)


def _example(one: Found, scored: bool) -> EntityExample:
    sentence, error = one
    both = [span for span in (error.gold, error.predicted) if span]
    gold, predicted = (cut_out(sentence.tokens, span, both) if span else [] for span in (error.gold, error.predicted))
    score = words.percent(error.predicted.score) if error.predicted and scored else ""
    return EntityExample(sentence.id, gold, predicted, score)
