"""Labelled texts from CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults, one_of
from nlpref.data.lines import existing, read_lines, read_records
from nlpref.types import LabelledText

__all__ = ["read_csv", "read_jsonl"]


def read_csv(
    path: str | Path,
    *,
    text: str = "text",
    label: str = "label",
    id: str | None = None,
    facts: Sequence[str] = (),
    delimiter: str | None = None,
    labels: Collection[str] | None = None,
) -> Iterator[LabelledText]:
    """Stream the rows of a CSV file with a header.

    Args:
        path: The file; quoted as in RFC 4180, so a quoted field may span lines.
        text: Column of the text.
        label: Column of the label.
        id: Column of the id; without one, the line number is the id.
        facts: Further columns to keep.
        delimiter: Default: a tab if the file name ends in ``.tsv``, else a comma.
        labels: The labels that may occur; by default all may.

    Raises:
        InputError: if the file does not exist.
        DataError: at the end of the file, if it has faults.
    """
    path, faults = existing(path), Faults()
    rows = _rows(path, delimiter or ("\t" if path.suffix == ".tsv" else ","), faults)
    _, header = next(rows, (1, []))
    wanted = [text, label, *([id] if id else []), *facts]
    missing = [name for name in wanted if name not in header]
    for name in missing:
        faults.add(path, 1, f"column {name!r}", "no such column", one_of(header, name) if header else "a header line")
    found = False
    for number, row in rows if not missing else ():
        found = True
        if len(row) != len(header):
            faults.add(path, number, "", f"{len(row)} fields", f"{len(header)} as in the header (texts with commas need quotes)")
        elif example := _example(path, number, dict(zip(header, row, strict=True)), wanted, id, labels, faults):
            yield example
    if not found and not faults.total:
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
) -> Iterator[LabelledText]:
    """Stream a file with one JSON object on each line; the arguments are those of ``read_csv``.

    Raises:
        InputError: if the file does not exist.
        DataError: at the end of the file, if it has faults.
    """
    path, faults = existing(path), Faults()
    wanted = [text, label, *([id] if id else []), *facts]
    found = False
    for number, record in read_records(path, faults):
        found = True
        missing = [name for name in wanted if name not in record]
        for name in missing:
            faults.add(path, number, f"field {name!r}", "no such field", one_of(record, name))
        if not missing and (example := _example(path, number, record, wanted, id, labels, faults)):
            yield example
    if not found and not faults.total:
        faults.add(path, None, "", "no records", "one JSON object on each line")
    faults.raise_if_any()


def _rows(path: Path, delimiter: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    damaged: set[int] = set()

    def feed() -> Iterator[str]:
        for number, text, valid in read_lines(path, faults):
            if not valid:
                damaged.add(number)
            yield text + "\n"

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(path, first, "", f"a row that cannot be read ({error})", "every quote closed, quotes in texts doubled")
            continue
        if row and damaged.isdisjoint(range(first, reader.line_num + 1)):
            yield first, row


def _example(
    path: Path,
    number: int,
    record: Mapping[str, Any],
    wanted: Sequence[str],
    id: str | None,
    labels: Collection[str] | None,
    faults: Faults,
) -> LabelledText | None:
    text_name, label_name, *others = wanted
    before = faults.total
    text, label = record[text_name], record[label_name]
    if not isinstance(text, str):
        faults.add(path, number, f"field {text_name!r}", f"{text!r:.40}", "a text")
    elif not text.strip():
        faults.add(path, number, f"field {text_name!r}", "an empty text", "a text")
    if isinstance(label, bool) or not isinstance(label, str | int):
        faults.add(path, number, f"field {label_name!r}", f"{label!r:.40}", "a label (a string or a whole number)")
    elif not (label := str(label).strip()):
        faults.add(path, number, f"field {label_name!r}", "an empty label", "a label")
    elif labels is not None and label not in labels:
        faults.add(path, number, f"field {label_name!r}", f"the label {label!r}, which train lacks", one_of(labels, label))
    if faults.total > before:
        return None
    facts = {name: str(record[name]) for name in others if name != id}
    return LabelledText(text, label, id=str(record[id]) if id else str(number), facts=facts)
