"""Patterns of spaCy's entity ruler: read, checked one by one, and named by their place when they are malformed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.matcher import Matcher

from nlpref.errors import InputError
from nlpref.tagging.spacy_docs import doc_of

__all__ = ["Patterns", "check_patterns", "read_patterns"]

Patterns = list[dict[str, Any]]
KEYS = {"label", "pattern", "id"}
EXPECTED = '{"label": "sum", "pattern": "ten euros"} or {"label": "sum", "pattern": [{"LIKE_NUM": true}, {"LOWER": "euros"}]}'


def read_patterns(given: Sequence[Any] | str | Path) -> Iterator[tuple[str, Any]]:
    """Each pattern with the place where it stands: of a list, or of a file with one JSON object on each line.

    Raises:
        InputError: if they are neither, the file cannot be read, or a line of it is no JSON.
    """
    if isinstance(given, list | tuple):
        yield from ((f"pattern {number}", one) for number, one in enumerate(given, start=1))
        return
    if not isinstance(given, str | Path):
        raise InputError(f"patterns are a {type(given).__name__}, expected a list or the path of a JSONL file")
    path = Path(given).expanduser()
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise InputError(f"patterns={str(given)!r} cannot be read as a file in UTF-8 with one pattern a line: {error}") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield f"{path.name}, line {number}", json.loads(line)
            except ValueError as error:
                raise InputError(f"{path.name}, line {number}: {line[:60]!r} is no JSON ({error}); expected {EXPECTED}") from None


def check_patterns(found: Iterator[tuple[str, Any]], pipeline: Language) -> Patterns:
    """The patterns, once each of them is known to work.

    Raises:
        InputError: if there is none, or naming the first that does not work and why.
    """
    patterns: Patterns = []
    for place, pattern in found:
        if fault := _fault(pattern, pipeline):
            raise InputError(f"{place}: {pattern!r:.120} is no pattern: {fault}; expected {EXPECTED}")
        patterns.append(dict(pattern))
    if not patterns:
        raise InputError(f"a rule tagger needs patterns, got none; expected {EXPECTED}")
    return patterns


def _fault(pattern: Any, pipeline: Language) -> str:
    if not isinstance(pattern, Mapping):
        return f"it is a {type(pattern).__name__}"
    if not KEYS - {"id"} <= pattern.keys() <= KEYS:
        return f"it has the keys {sorted(map(str, pattern))}"
    label, tokens = pattern["label"], pattern["pattern"]
    if not isinstance(label, str) or not label.strip():
        return f"its label is {label!r}"
    if isinstance(tokens, str):
        return "" if tokens.strip() else "its phrase is empty"
    return _token_fault(tokens, pipeline)


def _token_fault(tokens: Any, pipeline: Language) -> str:
    """What spaCy says against a token pattern when it compiles it and first uses it."""
    try:
        matcher = Matcher(pipeline.vocab, validate=True)
        matcher.add("pattern", [tokens])
        matcher(doc_of(pipeline, ["a"]))
    except (ValueError, AttributeError, TypeError, re.error) as error:
        return " ".join(str(error).split())
    return ""
