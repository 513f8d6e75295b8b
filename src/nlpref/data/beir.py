"""Retrieval collections in the BEIR layout: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/<split>.tsv``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from nlpref.data.faults import Faults
from nlpref.data.fields import TextField, display, id_of
from nlpref.data.lines import existing, read_lines, read_records
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery

__all__ = ["read_corpus", "read_judgements", "read_qrels", "read_queries"]

_GRADE = re.compile(r"-?[0-9]{1,9}")


def read_corpus(path: str | Path, keep_empty: bool = False) -> Iterator[Document]:
    """Stream documents: objects with ``_id``, ``text`` and perhaps ``title``.

    Args:
        path: The file.
        keep_empty: Whether a document with neither text nor title is one that nothing finds, instead of a fault. Some
            published collections, such as FiQA, have a few of these.

    Raises:
        InputError: if the file does not exist.
        DataError: at the end of the file, if it has faults.
    """
    path, faults = existing(path), Faults()
    seen: set[str] = set()
    for number, record in read_records(path, faults):
        before = faults.total
        id = _identity(path, number, record, seen, faults)
        text, title = (_part(path, number, record, name, faults) for name in ("text", "title"))
        if faults.total == before and not keep_empty and not (text.strip() or title.strip()):
            faults.add(path, number, "field 'text'", "neither text nor title", "a document with some text, or keep_empty=true")
        if faults.total == before:
            yield Document(id, text, title)
    _check_filled(path, seen, faults)


def read_queries(path: str | Path) -> dict[str, str]:
    """Query texts by id: objects with ``_id`` and ``text``.

    Raises:
        InputError: if the file does not exist.
        DataError: if it has faults.
    """
    path, faults = existing(path), Faults()
    seen: set[str] = set()
    texts = TextField(path, faults, "the text of the query")
    queries = {}
    for number, record in read_records(path, faults):
        id, text = _identity(path, number, record, seen, faults), texts.check(number, "field 'text'", record.get("text"))
        if id and text:
            queries[id] = text
    _check_filled(path, seen, faults)
    return queries


def read_qrels(path: str | Path, queries: Collection[str], documents: Collection[str]) -> dict[str, dict[str, int]]:
    """Grades by query id and document id, from lines of query id, document id and grade parted by tabs.

    Raises:
        InputError: if the file does not exist.
        DataError: if it has faults, among them a judgement on an unknown query or document.
    """
    path, faults = existing(path), Faults()
    grades: dict[str, dict[str, int]] = {}
    for number, text, valid in read_lines(path, faults):
        if not valid or not text.strip():
            continue
        columns = text.split("\t")
        if len(columns) != 3:
            faults.add(path, number, "", f"{len(columns)} columns in {text[:40]!r}", "query-id, corpus-id, score, parted by tabs")
            continue
        query, document, score = (column.strip() for column in columns)
        if number == 1 and not _is_whole(score):
            continue
        before = faults.total
        if not _is_whole(score):
            faults.add(path, number, "score", repr(score), "a whole number")
        if query not in queries:
            faults.add(path, number, "query-id", f"the unknown query {query!r}", "an _id of queries.jsonl")
        if document not in documents:
            faults.add(path, number, "corpus-id", f"the unknown document {document!r}", "an _id of corpus.jsonl")
        if faults.total == before and grades.setdefault(query, {}).setdefault(document, int(score)) != int(score):
            faults.add(path, number, "score", f"{score}, earlier {grades[query][document]}", "one grade for a pair")
    _check_filled(path, grades, faults)
    return grades


def read_judgements(folder: str | Path, documents: Collection[str], queries: Mapping[str, str]) -> dict[str, list[JudgedQuery]]:
    """Judged queries by split: one for each file in ``qrels``; ``dev``, ``val`` and ``valid`` are called ``validation``.

    Raises:
        InputError: if there is no such file, or two of one split.
        DataError: if one has faults.
    """
    files = sorted((Path(folder).expanduser() / "qrels").glob("*.tsv"))
    if not files:
        raise InputError(f"no qrels/*.tsv in {folder}; expected corpus.jsonl, queries.jsonl and qrels/test.tsv there")
    splits = {}
    for file in files:
        grades = read_qrels(file, queries, documents)
        name = {"dev": "validation", "val": "validation", "valid": "validation"}.get(file.stem, file.stem)
        if name in splits:
            raise InputError(f"{file.parent} has two files for the {name} split, one is {file.name}; keep one of them")
        splits[name] = [JudgedQuery(id, queries[id], judged) for id, judged in grades.items()]
    return splits


def _identity(path: Path, number: int, record: Mapping[str, Any], seen: set[str], faults: Faults) -> str:
    id = id_of(record.get("_id"))
    if not id:
        faults.add(path, number, "field '_id'", display(record.get("_id")), "an id (a string or a whole number)")
    elif id in seen:
        faults.add(path, number, "field '_id'", f"the id {id!r} again", "an id of its own for each record")
        return ""
    seen.add(id)
    return id


def _part(path: Path, number: int, record: Mapping[str, Any], name: str, faults: Faults) -> str:
    """The text or title of a document; either may be missing."""
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        faults.add(path, number, f"field {name!r}", display(value), f"the {name} of the document")
    return value if isinstance(value, str) else ""


def _check_filled(path: Path, found: Collection[str], faults: Faults) -> None:
    if not found and not faults.total:
        faults.add(path, None, "", "no records", "at least one")
    faults.raise_if_any()


def _is_whole(text: str) -> bool:
    return bool(_GRADE.fullmatch(text))
