"""Documents from files: JSON lines, CSV, or a folder of texts, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpref.data.delimited import read_rows
from nlpref.data.faults import Faults, one_of
from nlpref.data.fields import display, id_of
from nlpref.data.lines import existing, read_records
from nlpref.errors import InputError
from nlpref.types import Document

__all__ = ["Fields", "read_documents"]

TEXTS = (".txt", ".md")


@dataclass(frozen=True)
class Fields:
    """Which fields of a record hold what.

    Args:
        id: Of the document; JSON lines may have ``_id`` in its place, as in BEIR.
        text: Its text; may be empty or absent where there is a title.
        title: Its title; may be absent.
        facts: What else is kept, to filter by; a record may lack them.
        numbers: Those of the facts that a CSV file holds as numbers.
    """

    id: str = "id"
    text: str = "text"
    title: str = "title"
    facts: Sequence[str] = ()
    numbers: Sequence[str] = ()


def read_documents(source: str | Path, fields: Fields | None = None) -> Iterator[Document]:
    """Stream the documents of a file, or of the ``.txt`` and ``.md`` files of a folder.

    In a folder, the path from there is the id; the title of a Markdown file is its first heading, that of another its name.

    Args:
        source: ``.jsonl``, ``.csv``, ``.tsv`` or a folder.
        fields: What the fields of a file hold.

    Raises:
        InputError: if there is no such file, or it is of another kind.
        DataError: when all were read, if some do not fit.
    """
    path, fields = Path(source).expanduser(), fields or Fields()
    if path.is_dir():
        return _folder(path)
    if path.suffix == ".jsonl":
        return _jsonl(existing(path), fields)
    if path.suffix in (".csv", ".tsv"):
        return _csv(existing(path), fields)
    raise InputError(f"{existing(path)} ends in {path.suffix!r}, expected .jsonl, .csv, .tsv or a folder of .txt and .md files")


def _jsonl(path: Path, fields: Fields) -> Iterator[Document]:
    faults, empty = Faults(), True
    for line, record in read_records(path, faults):
        empty = False
        if (document := _document(path, line, record, fields, faults)) is not None:
            yield document
    _end(path, faults, empty)


def _csv(path: Path, fields: Fields) -> Iterator[Document]:
    faults, empty = Faults(), True
    rows = read_rows(path, "\t" if path.suffix == ".tsv" else ",", faults)
    first, header = next(rows, (1, []))
    for name in (fields.id, fields.text, *fields.facts):
        if header.count(name) != 1:
            expected = one_of(header, name) if header else "a header line"
            faults.add(path, first, f"column {name!r}", f"{header.count(name)} such columns", f"one; {expected}")
    faults.raise_if_any()
    for line, row in rows:
        empty = False
        if len(row) != len(header):
            faults.add(path, line, "", f"{len(row)} fields", f"{len(header)} as in the header")
            continue
        record: dict[str, Any] = dict(zip(header, row, strict=True))
        for name in fields.facts:
            if not record[name]:
                del record[name]  # an empty cell is no fact
            elif name in fields.numbers:
                record[name] = _number(record[name])
        if (document := _document(path, line, record, fields, faults)) is not None:
            yield document
    _end(path, faults, empty)


def _folder(folder: Path) -> Iterator[Document]:
    faults, empty = Faults(), True
    for path in sorted(one for one in folder.rglob("*") if one.suffix.lower() in TEXTS and one.is_file()):
        empty = False
        try:
            text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        except UnicodeDecodeError as error:
            faults.add(path, None, "", f"byte 0x{error.object[error.start]:02x} at position {error.start}", "UTF-8")
            continue
        yield Document(path.relative_to(folder).as_posix(), text, _title(path, text))
    _end(folder, faults, empty, "a .txt or .md file")


def _title(path: Path, text: str) -> str:
    heading = next((line for line in text.split("\n") if line.startswith("#")), "") if path.suffix.lower() == ".md" else ""
    return heading.strip("# \r") or path.stem


def _document(path: Path, line: int, record: Mapping[str, Any], fields: Fields, faults: Faults) -> Document | None:
    before = faults.total
    name = fields.id if fields.id in record else "_id" if "_id" in record else fields.id
    id_ = id_of(record.get(name))
    if not id_:
        faults.add(path, line, f"field {name!r}", display(record.get(name)), "an id (a string or a whole number)")
    text, title = (_text(path, line, record, part, faults) for part in (fields.text, fields.title))
    if faults.total == before and not (text.strip() or title.strip()):
        faults.add(path, line, f"field {fields.text!r}", "neither text nor title", "a document with some text")
    facts = {}
    for fact in fields.facts:
        value = record.get(fact)
        if isinstance(value, bool):
            value = str(value).lower()
        if value is not None and not isinstance(value, str | int | float):
            faults.add(path, line, f"field {fact!r}", display(value), "a text or a number")
        elif fact in fields.numbers and isinstance(value, str):
            faults.add(path, line, f"field {fact!r}", display(value), "a number")
        elif value is not None:
            facts[fact] = value
    return Document(id_, text, title, facts) if faults.total == before else None


def _text(path: Path, line: int, record: Mapping[str, Any], name: str, faults: Faults) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        faults.add(path, line, f"field {name!r}", display(value), "a text")
    return value if isinstance(value, str) else ""


def _number(given: str) -> str | float:
    """A number, or the text that is none and will be complained of."""
    try:
        return float(given)
    except ValueError:
        return given


def _end(path: Path, faults: Faults, empty: bool, expected: str = "at least one record") -> None:
    if empty and not faults.total:
        faults.add(path, None, "", "no documents", expected)
    faults.raise_if_any()
