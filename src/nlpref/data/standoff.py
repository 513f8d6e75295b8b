"""Entities in the standoff format of brat: a text in ``name.txt``, spans of its characters in ``name.ann`` beside it.

Source: https://brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from nlpref.data.alignment import Alignment, Cut, Given, Overlaps, places, tokenise
from nlpref.data.faults import Faults, one_of
from nlpref.data.lines import read_lines
from nlpref.errors import InputError
from nlpref.storage import write_text
from nlpref.types import TaggedTokens

__all__ = ["Discontinuous", "Unit", "read_standoff", "write_standoff"]

Unit = Literal["line", "document"]
Discontinuous = Literal["error", "cover"]
_OTHER = tuple("REAMN#*")
"""First signs of what is no entity: relations, events, attributes, modifications, normalisations, notes, equivalences."""
_ENTITY = re.compile(r"T\S+")
_RANGES = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
_CHOICES = {
    "unit": ("line", "document"),
    "discontinuous": ("error", "cover"),
    "tokens": ("spacy", "spaces"),
}


class _Part(NamedTuple):
    """A piece of a text that becomes a sentence, and where it begins."""

    number: int
    text: str
    start: int


def read_standoff(
    folder: str | Path,
    *,
    labels: Collection[str] | None = None,
    overlaps: Overlaps = "error",
    cut: Cut = "outward",
    discontinuous: Discontinuous = "error",
    unit: Unit = "line",
    tokens: Literal["spacy", "spaces"] = "spacy",
    language: str = "en",
    counts: Counter[str] | None = None,
) -> Iterator[TaggedTokens]:
    """Stream the sentences of all pairs of files in a folder and the folders below it, in the order of their names.

    The id of a sentence is the name of its document without ``.txt``, and the number of its line. Only entities are read:
    relations, events, attributes and notes are passed over. Lines without a token give no sentence. Offsets count
    characters (code points) of the file as it is, line ends too. The same span twice is read once.

    Args:
        folder: With ``name.txt`` and ``name.ann`` for each document.
        labels: The entity types that may occur; by default all may.
        overlaps: Of entities that overlap: ``error`` is a fault, ``longest`` and ``first`` keep one, see ``disjoint``.
        cut: An entity that begins or ends inside a token: ``outward`` takes the whole token, ``error`` is a fault.
        discontinuous: An entity in several parts with words between them: ``error`` is a fault, ``cover`` reads it as one
            from its first to its last character. Parts with only white space between them are one in any case.
        unit: Whether a ``line`` or the whole ``document`` is a sentence.
        tokens: ``spacy`` splits by the rules of a language, ``spaces`` at white space alone.
        language: Of spaCy's rules.
        counts: Here is added how many ``spans`` there were, and how many were ``moved``, ``repeated`` or ``dropped``.

    Raises:
        InputError: if the folder does not exist, or a choice is unknown.
        DataError: at the end, if the files have faults.
    """
    for name, value in {"unit": unit, "discontinuous": discontinuous, "tokens": tokens}.items():
        if value not in _CHOICES[name]:
            raise InputError(f"{name}={value!r}: expected {one_of(_CHOICES[name], str(value))}")
    folder, faults = Path(folder).expanduser(), Faults()
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; expected one with name.txt and name.ann for each document")
    found = False
    for path in _documents(folder, faults):
        text, given = _text(path, faults), path.with_suffix(".ann")
        alignment = Alignment(given, faults, overlaps, cut, labels)
        if text is None:
            continue
        before, entities = faults.total, list(_entities(given, text, discontinuous, faults))
        name = path.relative_to(folder).with_suffix("").as_posix()
        for part, own in _parted(given, _parts(text, unit), entities, faults):
            words = tokenise(part.text, language) if tokens == "spacy" else places(part.text, part.text.split())
            sentence = alignment.words(part.text, words, own, f"{name}:{part.number}")
            found = True
            if sentence is not None and sentence.tokens and faults.total == before:
                yield sentence
        if counts is not None:
            counts.update(alignment.counts)
    if not found and not faults.total:
        faults.add(folder, None, "", "no documents", "name.txt and name.ann for each document")
    faults.raise_if_any()


def write_standoff(folder: str | Path, sentences: Iterable[TaggedTokens], name: str = "sentences") -> None:
    """Write one document with a sentence on each line, its tokens parted by spaces.

    What ``read_standoff`` with ``tokens="spaces"`` reads back is equal but for the ids.

    Args:
        folder: For ``name.txt`` and ``name.ann``.
        sentences: To write.
        name: Of the document.

    Raises:
        InputError: if a sentence has no tokens or is partially annotated, or a token or label cannot be written in this
            format.
    """
    lines: list[str] = []
    notes: list[str] = []
    start = 0
    for sentence in sentences:
        _check_writable(sentence)
        line = " ".join(sentence.tokens)
        words = places(line, sentence.tokens)
        for span in sentence.spans:
            first, last = words[span.start].start, words[span.end - 1].end
            notes.append(f"T{len(notes) + 1}\t{span.label} {start + first} {start + last}\t{line[first:last]}\n")
        lines.append(f"{line}\n")
        start += len(line) + 1
    write_text(Path(folder) / f"{name}.txt", "".join(lines))
    write_text(Path(folder) / f"{name}.ann", "".join(notes))


def _check_writable(sentence: TaggedTokens) -> None:
    if sentence.partial:
        raise InputError(
            f"sentence {sentence.id!r} is partially annotated, which standoff files cannot tell; write JSON lines instead"
        )
    if not sentence.tokens:
        raise InputError(f"sentence {sentence.id!r} has no tokens; leave it out")
    for token in sentence.tokens:
        if token.split() != [token] or _unreadable(token):
            raise InputError(f"the token {token!r} cannot be written with spaces between tokens; replace or drop it")
    for span in sentence.spans:
        if span.label.split() != [span.label] or _unreadable(span.label):
            raise InputError(f"the label {span.label!r} cannot be written as standoff; it must not be empty or hold white space")


def _unreadable(text: str) -> bool:
    return "\0" in text or text.startswith("\ufeff") or any("\ud800" <= character <= "\udfff" for character in text)


def _documents(folder: Path, faults: Faults) -> Iterator[Path]:
    """Texts with their annotations; one without the other is a fault."""
    stems = {path.with_suffix("") for path in folder.rglob("*") if path.suffix in (".txt", ".ann") and path.is_file()}
    for stem in sorted(stems):
        text, given = (stem.with_name(stem.name + suffix) for suffix in (".txt", ".ann"))
        if not text.is_file():
            faults.add(given, None, "", f"no {text.name} beside it", "the text that it is about")
        elif not given.is_file():
            faults.add(text, None, "", f"no {given.name} beside it", "its entities; an empty file says that there are none")
        else:
            yield text


def _text(path: Path, faults: Faults) -> str | None:
    """The file as it is; a byte order mark counts as the one character that it is, but belongs to no token."""
    before = faults.total
    for _ in read_lines(path, faults):  # notes bytes that are no text, with their lines
        pass
    if faults.total > before:
        return None
    text = path.read_bytes().decode("utf-8")
    return f" {text[1:]}" if text.startswith("\ufeff") else text


def _entities(path: Path, text: str, discontinuous: Discontinuous, faults: Faults) -> Iterator[Given]:
    seen: set[str] = set()
    for number, line, valid in read_lines(path, faults):
        if not valid or not line.strip() or line.startswith(_OTHER):
            continue
        columns = line.split("\t", 2)
        name, ranges = columns[0], _RANGES.fullmatch(columns[1]) if len(columns) > 1 else None
        if not _ENTITY.fullmatch(name) or ranges is None:
            faults.add(path, number, "", f"{line[:60]!r}", "'T1<tab>Person 0 3<tab>Ann', a relation, event, attribute or note")
            continue
        if name in seen:
            faults.add(path, number, name, "this id again", "an id of its own for each entity")
        seen.add(name)
        if (span := _span(path, number, name, ranges, columns[2:], text, discontinuous, faults)) is not None:
            yield span


def _span(
    path: Path,
    number: int,
    name: str,
    ranges: re.Match[str],
    quoted: Sequence[str],
    text: str,
    discontinuous: Discontinuous,
    faults: Faults,
) -> Given | None:
    parts = [(int(start), int(end)) for start, end in (part.split(" ") for part in ranges[2].split(";"))]
    for start, end in parts:
        if not start < end <= len(text):
            expected = f"start < end <= {len(text)}, the number of characters of the text"
            faults.add(path, number, name, f"the offsets {start} {end}", expected)
            return None
    found = " ".join(text[start:end] for start, end in parts)
    if quoted and _flat(quoted[0]) != _flat(found):
        faults.add(path, number, name, f"{quoted[0][:60]!r}", f"{found[:60]!r}, which the text has at {ranges[2]}")
        return None
    gaps = [text[end:start] for (_, end), (start, _) in pairwise(parts)]
    ordered = all(end <= start for (_, end), (start, _) in pairwise(parts))
    if not ordered or (discontinuous == "error" and any(gap.strip() for gap in gaps)):
        expected = "one range (discontinuous=cover reads all from the first part to the last)" if ordered else "parts in order"
        faults.add(path, number, name, f"the parts {ranges[2]}", expected)
        return None
    return Given(parts[0][0], parts[-1][1], ranges[1], number, name)


def _flat(text: str) -> str:
    """Line ends and tabs within an entity are written as spaces."""
    return re.sub(r"\s", " ", text).strip()


def _parts(text: str, unit: Unit) -> list[_Part]:
    if unit == "document":
        return [_Part(1, text, 0)]
    parts, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        parts.append(_Part(number, line, start))
        start += len(line) + 1
    return parts


def _parted(path: Path, parts: Sequence[_Part], entities: Sequence[Given], faults: Faults) -> Iterator[tuple[_Part, list[Given]]]:
    """Each part with its entities, counted from its own beginning; an entity of two parts is a fault."""
    left = sorted(entities, key=lambda span: span.start)
    for part in parts:
        end = part.start + len(part.text) + 1
        own = [span for span in left if span.start < end]
        left = left[len(own) :]
        inside = []
        for span in own:
            if span.end > end:
                faults.add(path, span.line, span.field, "an entity of two lines", "one (unit=document reads the text as a whole)")
            else:
                inside.append(_within(span, part))
        yield part, inside


def _within(span: Given, part: _Part) -> Given:
    """From the beginning of the part; the line end behind it is in no part."""
    return span._replace(start=span.start - part.start, end=min(span.end - part.start, len(part.text)))
