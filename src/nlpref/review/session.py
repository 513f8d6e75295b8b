"""One sitting: the next question, an answer to it, a step back; safe to be called by several threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from threading import Lock
from typing import Any

from nlpref.data.answers import ACCEPTED, CORRECTED, REJECTED, SKIPPED, UNDONE, Answer
from nlpref.errors import InputError
from nlpref.latency import moment
from nlpref.review.journal import Journal
from nlpref.review.queue import Item
from nlpref.types import Span

__all__ = ["Session"]


class Session:
    """Questions and the journal of their answers.

    Args:
        items: The questions, in order.
        journal: Open; takes the answers.
        labels: Entity types that can be given.
        model: Which model proposes: name and fingerprint.
        strategy: How the questions were put in order, to be shown.
    """

    def __init__(
        self, items: Sequence[Item], journal: Journal, labels: Sequence[str], model: str = "", strategy: str = ""
    ) -> None:
        self.items = tuple(items)
        self.journal = journal
        self.labels = tuple(labels)
        self.model = model
        self.strategy = strategy
        self._given: list[Answer] = []
        self._lock = Lock()

    def about(self) -> dict[str, Any]:
        """What is the same for all questions."""
        return {
            "labels": list(self.labels), "model": self.model, "strategy": self.strategy, "out": str(self.journal.path),
        }  # fmt: skip

    def state(self) -> dict[str, Any]:
        """The question that is open, or None at the end, and how far the work is."""
        with self._lock:
            return self._state()

    def answer(self, number: int, spans: Sequence[Span], seconds: float, *, skip: bool = False) -> dict[str, Any]:
        """Record what a person says of a question, or that it is left for later.

        Returns:
            The state after it.

        Raises:
            InputError: if there is no such question, another one is open, or the spans do not fit it. Nothing is recorded.
        """
        with self._lock:
            place = self._place()
            if number != place:
                raise InputError(f"question {number} is not open, {place} is; load the page anew")
            self._record(self.items[number], sorted(spans), seconds, skip)
            return self._state()

    def undo(self) -> dict[str, Any]:
        """Take back the latest answer of this sitting, and open its question again with the spans that were given.

        Raises:
            InputError: if there is none.
        """
        with self._lock:
            if not self._given:
                raise InputError("there is no answer of this sitting to take back")
            last = self._given[-1]
            self.journal.add(Answer(last.id, last.tokens, verdict=UNDONE, labels=self.labels, model=self.model, time=moment()))
            self._given.pop()
            return {**self._state(), "given": None if last.verdict == SKIPPED else [asdict(span) for span in last.spans]}

    def summary(self) -> dict[str, Any]:
        """Counts of this sitting by verdict, and seconds in all; waits for an answer that is being written."""
        with self._lock:
            counts = Counter(answer.verdict for answer in self._given)
            return {"verdicts": dict(counts), "seconds": sum(answer.seconds for answer in self._given), "left": self._left()}

    def _record(self, item: Item, spans: Sequence[Span], seconds: float, skip: bool) -> None:
        answer = Answer(
            id=item.sentence.id,
            tokens=item.sentence.tokens,
            spans=() if skip else tuple(spans),
            proposed=item.spans,
            verdict=SKIPPED if skip else _verdict(item.spans, spans),
            labels=self.labels,
            seconds=round(seconds, 2),
            model=self.model,
            time=moment(),
        )
        self.journal.add(answer)
        self._given.append(answer)

    def _place(self) -> int:
        return len(self._given)

    def _left(self) -> int:
        return len(self.items) - len(self._given)

    def _state(self) -> dict[str, Any]:
        place = self._place()
        counts = Counter(answer.verdict for answer in self._given)
        return {
            "item": _shown(place, self.items[place]) if place < len(self.items) else None,
            "progress": {
                "total": len(self.items),
                "left": self._left(),
                "verdicts": dict(counts),
                "seconds": sum(answer.seconds for answer in self._given),
                "can_undo": bool(self._given),
                "ahead": [round(item.value, 4) for item in self.items[place : place + 60]],
            },
        }


def _verdict(proposed: Sequence[Span], spans: Sequence[Span]) -> str:
    if tuple(proposed) == tuple(spans):
        return ACCEPTED
    return CORRECTED if spans else REJECTED


def _shown(number: int, item: Item) -> dict[str, Any]:
    return {
        "number": number,
        "id": item.sentence.id,
        "tokens": list(item.sentence.tokens),
        "before": list(item.sentence.before),
        "spans": [asdict(span) for span in item.spans],
        "candidates": [asdict(span) for span in item.candidates],
        "value": item.value,
    }
