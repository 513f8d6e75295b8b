"""What a person is asked: sentences, the most worthwhile first, each with what the model found and what else it considered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nlpref.decisions.spans import review_queue
from nlpref.decisions.spans.reading import read
from nlpref.text.words import split_words
from nlpref.types import Span, TaggedTokens

__all__ = ["Item", "Sentence", "questions", "sentences_of"]

CHUNK = 256
FLOOR = 0.02
"""Candidates below this probability are not shown."""


@dataclass(frozen=True)
class Sentence:
    """A sentence to be reviewed.

    Args:
        id: Its name where it comes from.
        tokens: What is tagged.
        before: What stands before each token: white space, or nothing.
    """

    id: str
    tokens: tuple[str, ...]
    before: tuple[str, ...]

    @classmethod
    def of_text(cls, text: str, id: str) -> Sentence:
        """Split a text into words.

        >>> Sentence.of_text("It's £9", "1").before
        ('', '', ' ', '')
        """
        words = split_words(text)
        ends = [0, *(word.end for word in words)]
        return cls(id, tuple(word.text for word in words), tuple(text[a : b.start] for a, b in zip(ends, words, strict=False)))

    @classmethod
    def of_example(cls, example: TaggedTokens) -> Sentence:
        """The tokens of an example; its spans are not looked at."""
        return cls(example.id, example.tokens, ("", *[" "] * (len(example.tokens) - 1))[: len(example.tokens)])


@dataclass(frozen=True)
class Item:
    """One question.

    Args:
        sentence: What is looked at.
        spans: What the model found, with probabilities.
        candidates: What else it considered, the most probable first.
        value: Why it comes here; higher comes first.
    """

    sentence: Sentence
    spans: tuple[Span, ...]
    candidates: tuple[Span, ...]
    value: float


def questions(
    tagger: Any,
    sentences: Iterable[Sentence],
    *,
    done: Collection[tuple[str, ...]] = (),
    strategy: str = "expected_value",
    seed: int = 0,
    limit: int | None = None,
) -> list[Item]:
    """The questions in their order.

    Args:
        tagger: A fitted ``TokenTagger``.
        sentences: All that there are; the same tokens are asked for once, and none is left out for having no entities.
        done: Tokens of sentences that have an answer.
        strategy: See ``nlpref.decisions.spans.review_queue``.
        seed: Of the random order.
        limit: Most questions; None for all.

    Raises:
        InputError: if there is no such strategy.
    """
    left = list({one.tokens: one for one in sentences if one.tokens and one.tokens not in done}.values())
    ordered = review_queue(tagger, [one.tokens for one in left], strategy, seed)[:limit] if left else []
    made = []
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        readings = read(tagger, [left[place].tokens for place, _ in part], FLOOR)
        made += [
            Item(left[place], reading.found, reading.left, value) for (place, value), reading in zip(part, readings, strict=True)
        ]
    return made


def sentences_of(given: Sequence[str | TaggedTokens]) -> list[Sentence]:
    """Sentences of texts, named by their number from 1, or of examples."""
    return [
        Sentence.of_text(one, str(number)) if isinstance(one, str) else Sentence.of_example(one)
        for number, one in enumerate(given, start=1)
    ]
