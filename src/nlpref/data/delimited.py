"""Labelled texts from CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from nlpref.data.faults import Faults, one_of
from nlpref.data.lines import existing, read_lines, read_records
from nlpref.data.records import Records
from nlpref.errors import InputError
from nlpref.types import LabelledText

__all__ = ["read_csv", "read_jsonl", "read_rows"]


def read_csv(
    path: str | Path,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    delimiter: str | None = None,
    labels: Collection[str] | None = None,
    unlabelled: bool = False,
) -> Iterator[LabelledText]:
    """Stream the rows of a CSV file with a header.

    Args:
        path: The file; quoted as in RFC 4180, so a quoted field may span lines.
        text: Column of the text.
        label: Column of the label.
        id: Column of the id; without one, the line number is the id.
        facts: Further columns to keep.
        delimiter: One character. Default: a tab if the file name ends in ``.tsv``, else a comma.
        labels: The labels that may occur; by default all may.
        unlabelled: Whether a label may be empty: the text is then ``UNLABELLED``.

    Raises:
        InputError: if the file does not exist, or the delimiter is none.
        DataError: at the end of the file, if it has faults.
    """
    path, faults = existing(path), Faults()
    delimiter = delimiter or ("\t" if path.suffix == ".tsv" else ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise InputError(f"a delimiter is one character, such as ',' or ';' or a tab, got {delimiter!r}")
    records = Records(path, faults, text, label, id, facts, labels, unlabelled)
    rows = read_rows(path, delimiter, faults)
    line, header = next(rows, (1, []))
    faults.raise_if_any()  # nothing can be said about the rows below a header that cannot be read
    for name in records.names:
        if name not in header:
            expected = one_of(header, name) if header else "a header line"
            faults.add(path, line, f"column {name!r}", "no such column", expected)
        elif header.count(name) > 1:
            faults.add(path, line, f"column {name!r}", f"{header.count(name)} such columns", "one")
    faults.raise_if_any()
    found_any = False
    for line, row in rows:
        found_any = True
        if len(row) != len(header):
            faults.add(
                path, line, "", f"{len(row)} fields", f"{len(header)} as in the header (texts with {delimiter!r} need quotes)"
            )
        elif example := records.build(line, dict(zip(header, row, strict=True))):
            yield example
    if not found_any and not faults.total:
        faults.add(path, None, "", "no rows", "at least one row below the header")
    faults.raise_if_any()


def read_jsonl(
    path: str | Path,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    labels: Collection[str] | None = None,
    unlabelled: bool = False,
) -> Iterator[LabelledText]:
    """Stream a file with one JSON object on each line; the arguments are those of ``read_csv``.

    Raises:
        InputError: if the file does not exist.
        DataError: at the end of the file, if it has faults.
    """
    path, faults = existing(path), Faults()
    records = Records(path, faults, text, label, id, facts, labels, unlabelled)
    found_any = False
    for line, record in read_records(path, faults):
        found_any = True
        missing = [name for name in records.names if name not in record]
        for name in missing:
            faults.add(path, line, f"field {name!r}", "no such field", one_of(record, name))
        if not missing and (example := records.build(line, record)):
            yield example
    if not found_any and not faults.total:
        faults.add(path, None, "", "no records", "one JSON object on each line")
    faults.raise_if_any()


def read_rows(path: Path, delimiter: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Rows of a file with the number of their first line; those that are empty, or hold what is not UTF-8, are left out."""
    damaged = False

    def feed() -> Iterator[str]:
        nonlocal damaged
        for _, text, valid in read_lines(path, faults):
            damaged = damaged or not valid
            yield text + "\n"

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        first, damaged = reader.line_num + 1, False
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            expected = f"every quote closed, quotes in texts doubled, no field above {csv.field_size_limit()} characters"
            faults.add(path, first, "", f"a row that cannot be read ({error})", expected)
            continue
        if row and not damaged:
            yield first, row
