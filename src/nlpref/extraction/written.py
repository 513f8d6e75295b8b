"""Entities as lines of text, in the formats of annotation tools."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlpref.errors import InputError
from nlpref.extraction.entity import Entity
from nlpref.extraction.extractor import TaggedSentence
from nlpref.extraction.overlaps import resolve

__all__ = ["conll", "standoff"]

_SPACE = re.compile(r"\s")


def standoff(entities: Iterable[Entity], first: int = 1) -> str:
    r"""The lines of a brat ``.ann`` file: ``T1``, tab, label and range, tab, text with spaces for line ends and tabs.

    Args:
        entities: Counted in the characters of one text; they may overlap.
        first: Number of the first of them.

    Raises:
        InputError: if a label is empty or holds white space.

    Source: brat standoff format, https://brat.nlplab.org/standoff.html

    >>> standoff([Entity(2, 10, "CITY", 0.9, "New\nYork")])
    'T1\tCITY 2 10\tNew York\n'
    """
    return "".join(
        f"T{number}\t{_label(entity)} {entity.start} {entity.end}\t{_SPACE.sub(' ', entity.text)}\n"
        for number, entity in enumerate(entities, start=first)
    )


def conll(sentence: TaggedSentence) -> str:
    r"""A token, tab and BIO tag on each line, and an empty line; of overlapping entities those that ``resolve`` keeps.

    The null character, which no reader of text files takes, is written as the replacement character.

    Raises:
        InputError: if a label is empty or holds white space.
    """
    starts = {word.start: row for row, word in enumerate(sentence.words)}
    ends = {word.end: row + 1 for row, word in enumerate(sentence.words)}
    tags = ["O"] * len(sentence.words)
    for entity in resolve(sentence.entities):
        start, end = starts[entity.start], ends[entity.end]
        tags[start:end] = [f"B-{_label(entity)}"] + [f"I-{entity.label}"] * (end - start - 1)
    tokens = [word.text.replace("\0", "\ufffd") for word in sentence.words]
    return "".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True)) + "\n"


def _label(entity: Entity) -> str:
    if not entity.label or _SPACE.search(entity.label):
        raise InputError(f"the label {entity.label!r} cannot be written in this format; it must not be empty or hold white space")
    return entity.label
