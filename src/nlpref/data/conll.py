"""Tagged tokens from CoNLL files: a token and its tag on each line, a blank line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from nlpref.data.faults import Faults, one_of
from nlpref.data.lines import existing, read_lines
from nlpref.errors import InputError
from nlpref.storage import write_text
from nlpref.types import Span, TaggedTokens

__all__ = ["Scheme", "read_conll", "write_conll"]

Scheme = Literal["auto", "bio", "iob1"]
_BLANK = " \t\r"
_DOCUMENT = "-DOCSTART-"
_TAG = re.compile(r"O|[BI]-\S+")
_UNWRITABLE = re.compile("[\\t\\n\\0\ud800-\udfff]")


class _Row(NamedTuple):
    number: int
    token: str
    tag: str


def read_conll(
    path: str | Path,
    *,
    labels: Collection[str] | None = None,
    scheme: Scheme = "auto",
    drop_blank_tokens: bool = False,
) -> Iterator[TaggedTokens]:
    """Stream the sentences of a file with 2 or 4 columns: the token first, its tag last.

    Columns are parted by tabs, or by spaces where a line has no tab. Lines that hold only spaces or tabs end a
    sentence; ``-DOCSTART-`` lines are passed over. The id of a sentence is the line number of its first token.

    Args:
        path: The file.
        labels: The entity types that may occur; by default all may.
        scheme: ``bio``: every entity begins with ``B-``; ``iob1``: only one that touches another of its type does
            (and ``I-`` may begin any other). ``auto`` finds out which of the two the file is.
        drop_blank_tokens: Pass over lines whose token is empty, instead of calling them a fault.

    Raises:
        InputError: if the file does not exist, or ``scheme`` is unknown.
        DataError: at the end of the file, if it has faults.

    Source: Ramshaw and Marcus 1995 (IOB1); Tjong Kim Sang and Veenstra 1999 (the variants).
    """
    path, faults = existing(path), Faults()
    if scheme not in ("auto", "bio", "iob1"):
        raise InputError(f"unknown scheme {scheme!r}; known: auto, bio, iob1")
    lenient = scheme == "iob1" or (scheme == "auto" and not _is_bio(path, drop_blank_tokens))
    found = False
    for rows in _sentences(path, faults, drop_blank_tokens):
        found = True
        before = faults.total
        spans = _spans(path, rows, lenient, labels, faults)
        if faults.total == before:
            yield TaggedTokens(tuple(row.token for row in rows), spans, id=str(rows[0].number))
    if not found and not faults.total:
        faults.add(path, None, "", "no sentences", "a token and a tag on each line")
    faults.raise_if_any()


def write_conll(path: str | Path, sentences: Iterable[TaggedTokens]) -> None:
    """Write sentences as token, tab, BIO tag; what ``read_conll`` reads back is equal but for the ids.

    Raises:
        InputError: if a sentence has no tokens or is partially annotated, or a token or label cannot be written in this format.
    """
    blocks = []
    for sentence in sentences:
        if sentence.partial:
            raise InputError(
                f"sentence {sentence.id!r} is partially annotated, which CoNLL cannot tell; write JSON lines instead"
            )
        tags = ["O"] * len(sentence.tokens)
        for span in sentence.spans:
            if not _TAG.fullmatch(f"B-{span.label}") or _UNWRITABLE.search(span.label):
                raise InputError(f"the label {span.label!r} cannot be written as CoNLL; it must not be empty or hold white space")
            tags[span.start : span.end] = [f"B-{span.label}"] + [f"I-{span.label}"] * (span.end - span.start - 1)
        for token in sentence.tokens:
            if not token.strip() or _UNWRITABLE.search(token) or token.startswith((_DOCUMENT, "\ufeff")):
                raise InputError(f"the token {token!r} cannot be written as CoNLL; replace or drop it")
        if not tags:
            raise InputError(f"sentence {sentence.id!r} has no tokens; leave it out")
        blocks.append("".join(f"{token}\t{tag}\n" for token, tag in zip(sentence.tokens, tags, strict=True)) + "\n")
    write_text(Path(path), "".join(blocks))


def _sentences(path: Path, faults: Faults, drop_blank_tokens: bool) -> Iterator[list[_Row]]:
    rows: list[_Row] = []
    width = 0
    for number, text, valid in read_lines(path, faults):
        if not text.strip(_BLANK) or text.startswith(_DOCUMENT):
            if rows:
                yield rows
            rows = []
            continue
        if not valid:
            continue
        columns = text.split("\t") if "\t" in text else text.strip(_BLANK).split(" ")
        columns = columns if "\t" in text else [column for column in columns if column]
        if width == 0 and len(columns) in (2, 4):
            width = len(columns)
        if len(columns) != width:
            expected = f"{width}, as in the lines before" if width else "2 or 4, the token first and its tag last"
            faults.add(path, number, "", f"{len(columns)} columns in {text[:40]!r}", expected)
        elif not columns[0].strip():
            if not drop_blank_tokens:
                faults.add(path, number, "token", repr(columns[0]), "a token")
        else:
            rows.append(_Row(number, columns[0], columns[-1].strip(_BLANK)))
    if rows:
        yield rows


def _is_bio(path: Path, drop_blank_tokens: bool) -> bool:
    """Whether some ``B-`` stands where IOB1 would have ``I-``, or no ``I-`` stands where BIO would have ``B-``."""
    only_iob1 = False
    for rows in _sentences(path, Faults(), drop_blank_tokens):
        previous = ""
        for row in rows:
            kind, _, label = row.tag.partition("-")
            if kind == "B" and previous != label:
                return True
            only_iob1 = only_iob1 or (kind == "I" and previous != label)
            previous = label
    return not only_iob1


def _spans(path: Path, rows: Sequence[_Row], lenient: bool, labels: Collection[str] | None, faults: Faults) -> tuple[Span, ...]:
    found: list[tuple[int, int, str]] = []
    for index, row in enumerate(rows):
        kind, _, label = row.tag.partition("-")
        open_label = found[-1][2] if found and found[-1][1] == index else ""
        if not _TAG.fullmatch(row.tag):
            faults.add(path, row.number, "tag", repr(row.tag), "O, B-TYPE or I-TYPE")
        elif label and labels is not None and label not in labels:
            faults.add(path, row.number, "tag", f"the entity type {label!r}, which train lacks", one_of(labels, label))
        elif kind == "I" and label == open_label:
            found[-1] = (found[-1][0], index + 1, label)
        elif kind == "I" and not lenient:
            after = f"after {rows[index - 1].tag}" if index else "at the beginning of a sentence"
            faults.add(path, row.number, "tag", f"{row.tag} {after}", f"B-{label} there (scheme=iob1 would read it so)")
        elif label:
            found.append((index, index + 1, label))
    return tuple(Span(*span) for span in found)
