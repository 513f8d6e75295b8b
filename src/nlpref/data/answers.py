"""What a person said about the entities of a sentence: one JSON object a line, as ``nlpref.review`` writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults
from nlpref.data.lines import existing
from nlpref.errors import InputError
from nlpref.types import Span, TaggedTokens

__all__ = [
    "ACCEPTED",
    "CORRECTED",
    "REJECTED",
    "SKIPPED",
    "UNDONE",
    "VERDICTS",
    "Answer",
    "read_answers",
    "standing",
    "whole_lines",
]

ACCEPTED, CORRECTED, REJECTED, SKIPPED, UNDONE = "accepted", "corrected", "rejected", "skipped", "undone"
VERDICTS = (ACCEPTED, CORRECTED, REJECTED, SKIPPED, UNDONE)
"""All spans are right; some are not; none is, and there are none; left for later; the answer before does not count."""


@dataclass(frozen=True)
class Answer:
    """One line.

    Args:
        id: Name of the sentence where it comes from.
        tokens: The sentence.
        spans: Its entities.
        proposed: What the model had found, with its scores.
        verdict: One of ``VERDICTS``.
        labels: The entity types that could be given.
        seconds: Spent on it.
        model: Which model proposed: name and fingerprint.
        time: When, UTC, ISO 8601.

    Raises:
        InputError: if there is no such verdict, the seconds are no time, or the spans do not fit the tokens and labels.
    """

    id: str
    tokens: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    proposed: tuple[Span, ...] = ()
    verdict: str = ACCEPTED
    labels: tuple[str, ...] = ()
    seconds: float = 0.0
    model: str = ""
    time: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise InputError(f"verdict {self.verdict!r}: expected one of {', '.join(VERDICTS)}")
        if not self.tokens:
            raise InputError("a sentence has no tokens; expected at least one")
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise InputError(f"seconds={self.seconds}: expected a number, 0 or more")
        TaggedTokens(self.tokens, self.spans)
        if unknown := {span.label for span in self.spans} - set(self.labels):
            raise InputError(f"there is no entity type {min(unknown)!r}; there are: {', '.join(self.labels)}")

    @property
    def tagged(self) -> TaggedTokens:
        """The sentence as it is to be learnt from."""
        return TaggedTokens(self.tokens, self.spans, self.id)

    def line(self) -> str:
        """The JSON of it, without the line's end."""
        record = asdict(self)
        for span in record["spans"]:
            del span["score"]
        return json.dumps(record, ensure_ascii=False)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Answer:
        """Read what ``line`` wrote.

        Raises:
            InputError: if a field is missing or is not of its kind.
        """
        try:
            return cls(
                id=_text(record, "id"),
                tokens=_texts(record, "tokens"),
                spans=tuple(map(_span, record["spans"])),
                proposed=tuple(map(_span, record["proposed"])),
                verdict=_text(record, "verdict"),
                labels=_texts(record, "labels"),
                seconds=float(record["seconds"]),
                model=_text(record, "model"),
                time=_text(record, "time"),
            )
        except KeyError as error:
            raise InputError(f"the field {error} is missing") from None
        except (TypeError, AttributeError) as error:
            raise InputError(f"a field is of another kind than expected: {error}") from None


def read_answers(path: str | Path) -> Iterator[Answer]:
    """All answers of a file, in the order in which they were given, those that later ones replace among them.

    A last line that was not written whole, since the machine stopped, is passed over.

    Raises:
        InputError: if the file does not exist.
        DataError: at the end, if a line holds no answer.
    """
    path, faults = existing(path), Faults()
    for number, raw in enumerate(whole_lines(path.read_bytes()).split(b"\n"), start=1):
        if not raw.strip():
            continue
        try:
            yield Answer.of(json.loads(raw.decode("utf-8")))
        except (InputError, ValueError, RecursionError) as error:
            shown = raw[:40].decode("utf-8", "replace")
            faults.add(path, number, "", f"{shown!r} ({error})", "an answer, as nlpref.review writes it")
    faults.raise_if_any()


def standing(answers: Sequence[Answer]) -> dict[tuple[str, ...], Answer]:
    """The answer that counts for each sentence, by its tokens: the latest that was not undone."""
    given: dict[tuple[str, ...], list[Answer]] = {}
    for answer in answers:
        stack = given.setdefault(answer.tokens, [])
        if answer.verdict != UNDONE:
            stack.append(answer)
        elif stack:
            stack.pop()
    return {tokens: stack[-1] for tokens, stack in given.items() if stack}


def whole_lines(content: bytes) -> bytes:
    """The file without a last line that is no JSON object; with one that is but lacks its end, as an editor leaves it."""
    start = content.rstrip(b"\n").rfind(b"\n") + 1
    try:
        whole = isinstance(json.loads(content[start:].decode("utf-8")), dict)
    except (ValueError, RecursionError):
        whole = False
    return content if whole else content[:start]


def _span(record: Mapping[str, Any]) -> Span:
    start, end, label = record["start"], record["end"], record["label"]
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        raise InputError(f"a span has start={start!r}, end={end!r}, label={label!r}; expected two whole numbers and a text")
    return Span(start, end, label, float(record.get("score", 1.0)))


def _text(record: Mapping[str, Any], name: str) -> str:
    if not isinstance(record[name], str):
        raise InputError(f"{name} is {record[name]!r}, expected a text")
    return str(record[name])


def _texts(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = record[name]
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise InputError(f"{name} is no list of texts")
    return tuple(found)
