"""Entities in JSON lines: a text with spans of its characters, or tokens with spans of tokens.

{"text": "Ann left Rome.", "spans": [{"start": 9, "end": 13, "label": "city"}]}
{"tokens": ["Ann", "left", "Rome", "."], "spans": [{"start": 2, "end": 3, "label": "city"}], "annotated": ["city"]}
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nlpref.data.alignment import Alignment, Cut, Given, Overlaps, tokenise
from nlpref.data.faults import Faults
from nlpref.data.fields import display, id_of
from nlpref.data.lines import existing, read_records
from nlpref.errors import InputError
from nlpref.storage import write_text
from nlpref.types import TaggedTokens

__all__ = ["read_entities", "write_entities"]


def read_entities(
    path: str | Path,
    *,
    labels: Collection[str] | None = None,
    overlaps: Overlaps = "error",
    cut: Cut = "outward",
    language: str = "en",
    counts: Counter[str] | None = None,
) -> Iterator[TaggedTokens]:
    """Stream the sentences of a file; other fields than those above and ``id`` are passed over.

    Ranges are half-open and count code points, or tokens. ``annotated`` lists the types that were looked for; without it
    all were. Without an ``id`` the number of the line is the id. The same span twice is read once.

    Args:
        path: The file.
        labels: The entity types that may occur; by default all may.
        overlaps: Of spans that overlap: ``error`` is a fault, ``longest`` and ``first`` keep one, see ``disjoint``.
        cut: A span of characters that cuts a token: ``outward`` takes the whole token, ``error`` is a fault.
        language: Of spaCy's rules, by which texts are split into tokens.
        counts: Here is added how many ``spans`` there were, and how many were ``moved``, ``repeated`` or ``dropped``.

    Raises:
        InputError: if the file does not exist, or a choice is unknown.
        DataError: at the end of the file, if it has faults.
    """
    path, faults = existing(path), Faults()
    alignment = Alignment(path, faults, overlaps, cut, labels)
    found = False
    for line, record in read_records(path, faults):
        found = True
        sentence = _sentence(line, record, alignment, language)
        if sentence is not None:
            yield sentence
    if counts is not None:
        counts.update(alignment.counts)
    if not found and not faults.total:
        faults.add(path, None, "", "no records", 'one JSON object on each line, such as {"tokens": ["Ann"], "spans": []}')
    faults.raise_if_any()


def write_entities(path: str | Path, sentences: Iterable[TaggedTokens]) -> None:
    """Write sentences as tokens and spans; what ``read_entities`` reads back is equal, but that a missing id is a line number.

    Raises:
        InputError: if a sentence has no tokens, a label is empty, or something holds half of a surrogate pair.
    """
    lines = []
    for sentence in sentences:
        if not sentence.tokens:
            raise InputError(f"sentence {sentence.id!r} has no tokens; leave it out")
        for span in sentence.spans:
            if not all(label.strip() for label in (span.label.split("|") if sentence.partial else [span.label])):
                raise InputError(f"the label {span.label!r} of sentence {sentence.id!r} cannot be written; give it a name")
        record: dict[str, Any] = {"id": sentence.id} if sentence.id.strip() else {}
        record["tokens"] = list(sentence.tokens)
        record["spans"] = [{"start": span.start, "end": span.end, "label": span.label} for span in sentence.spans]
        if sentence.annotated is not None:
            record["annotated"] = list(sentence.annotated)
        line = json.dumps(record, ensure_ascii=False)
        try:
            line.encode("utf-8")
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            raise InputError(
                f"sentence {sentence.id!r} holds {half!r}, half of a surrogate pair; decode it properly first"
            ) from None
        lines.append(line + "\n")
    write_text(Path(path), "".join(lines))


def _sentence(line: int, record: Mapping[str, Any], alignment: Alignment, language: str) -> TaggedTokens | None:
    faults, path = alignment.faults, alignment.path
    before = faults.total
    if ("text" in record) == ("tokens" in record):
        found = "both 'text' and 'tokens'" if "text" in record else f"the fields {', '.join(map(repr, record)) or 'none'}"
        faults.add(path, line, "", found, "either 'text' with spans of characters or 'tokens' with spans of tokens")
        return None
    text, tokens = record.get("text", ""), record.get("tokens", [])
    if not isinstance(text, str):
        faults.add(path, line, "field 'text'", display(text), "a string")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        faults.add(path, line, "field 'tokens'", display(tokens), "a list of strings")
    annotated = _annotated(line, record.get("annotated"), alignment)
    id = id_of(record["id"]) if "id" in record else str(line)
    if not id:
        faults.add(path, line, "field 'id'", display(record["id"]), "an id (a string or a whole number)")
    given = list(_spans(line, record, alignment))
    if faults.total > before:
        return None
    words = tokenise(text, language)
    if not words and not tokens:
        faults.add(path, line, f"field {'text' if 'text' in record else 'tokens'!r}", "no token", "at least one")
        return None
    return alignment.words(text, words, given, id, annotated) if words else alignment.tokens(tokens, given, id, annotated)


def _annotated(line: int, value: object, alignment: Alignment) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(label, str) and label for label in value):
        return tuple(value)
    alignment.faults.add(alignment.path, line, "field 'annotated'", display(value), "a list of entity types")
    return None


def _spans(line: int, record: Mapping[str, Any], alignment: Alignment) -> Iterator[Given]:
    faults, path = alignment.faults, alignment.path
    spans = record.get("spans")
    if not isinstance(spans, list):
        found = display(spans) if "spans" in record else "none"
        faults.add(path, line, "field 'spans'", found, "a list of spans, which may be empty")
        return
    for place, span in enumerate(spans):
        field = f"span {place}"
        if not isinstance(span, dict) or not {"start", "end", "label"} <= span.keys():
            faults.add(path, line, field, display(span), 'an object such as {"start": 0, "end": 1, "label": "person"}')
        elif any(not isinstance(span[key], int) or isinstance(span[key], bool) for key in ("start", "end")):
            faults.add(path, line, field, f"start {span['start']!r}, end {span['end']!r}", "whole numbers")
        elif not isinstance(span["label"], str):
            faults.add(path, line, field, f"the label {display(span['label'])}", "a string")
        else:
            yield Given(span["start"], span["end"], span["label"], line, field)
