"""Retrieval collections in the BEIR layout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from nlpref.data.beir import read_corpus, read_judgements, read_qrels, read_queries
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery

Write = Callable[..., Path]
FaultsOf = Callable[[Iterable[object]], list[str]]

ID = "expected an id (a string or a whole number)"


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_documents(write: Write) -> None:
    path = write(
        lines({"_id": "a", "title": "T", "text": "x\u2028y"}, {"_id": 7, "text": "z", "metadata": {}}, {"_id": "c", "title": "T"})
    )
    assert list(read_corpus(path)) == [Document("a", "x\u2028y", "T"), Document("7", "z"), Document("c", "", "T")]


def test_faulty_documents(write: Write, faults: FaultsOf) -> None:
    records = [
        {"_id": "a", "text": "x"},
        {"_id": "a", "text": "y"},
        {"text": "x"},
        {"_id": True, "text": "x"},
        {"_id": "b", "title": "", "text": None},
        {"_id": "c", "text": 5, "title": ["x"]},
        {"_id": "  ", "text": "x"},
    ]
    assert faults(read_corpus(write(lines(*records) + "{"))) == [
        "line 2, field '_id': found the id 'a' again, expected an id of its own for each record",
        f"line 3, field '_id': found null, {ID}",
        f"line 4, field '_id': found true, {ID}",
        "line 5, field 'text': found neither text nor title, expected a document with some text, or keep_empty=true",
        "line 6, field 'text': found 5, expected the text of the document",
        "line 6, field 'title': found [\"x\"], expected the title of the document",
        f"line 7, field '_id': found \"  \", {ID}",
        "line 8: found '{' (Expecting property name enclosed in double quotes at position 1), "
        "expected one JSON object on each line",
    ]


def test_empty_documents_stay_if_asked(write: Write, faults: FaultsOf) -> None:
    path = write(lines({"_id": "a", "title": "", "text": " "}, {"_id": "b"}, {"_id": "b", "text": "x"}))
    assert faults(read_corpus(path, keep_empty=True)) == [
        "line 3, field '_id': found the id 'b' again, expected an id of its own for each record"
    ]
    assert list(read_corpus(write(lines({"_id": "a", "text": ""}, {"_id": "b"})), keep_empty=True)) == [
        Document("a", ""),
        Document("b", ""),
    ]


def test_judgements_in_the_format_of_trec_are_told_apart(write: Write, faults: FaultsOf) -> None:
    assert faults(read_qrels(path, {"q"}, {"d"}) for path in [write("q\t0\td\t1\nq 0 d 1\n")]) == [
        "line 1: found 4 columns in 'q\\t0\\td\\t1', expected query-id, corpus-id, score, parted by tabs",
        "line 2: found 1 columns in 'q 0 d 1', expected query-id, corpus-id, score, parted by tabs",
    ]


def test_queries(write: Write, faults: FaultsOf) -> None:
    assert read_queries(write(lines({"_id": 1, "text": "why"}, {"_id": "2", "text": "how"}))) == {"1": "why", "2": "how"}
    wrong = write(lines({"_id": "1", "text": " "}, {"_id": "1", "text": "how"}, {"_id": "2"}))
    assert faults(read_queries(path) for path in [wrong]) == [
        "line 1, field 'text': found an empty text, expected the text of the query",
        "line 2, field '_id': found the id '1' again, expected an id of its own for each record",
        "line 3, field 'text': found null, expected the text of the query",
    ]


@pytest.mark.parametrize("header", ["query-id\tcorpus-id\tscore\r\n", ""])
def test_judgements_with_and_without_header(write: Write, header: str) -> None:
    path = write(header + "q1\td1\t2\r\nq1\td2\t0\r\n\nq2\td1\t-1\nq1\td1\t2\n")
    assert read_qrels(path, {"q1", "q2"}, {"d1", "d2"}) == {"q1": {"d1": 2, "d2": 0}, "q2": {"d1": -1}}


def test_faulty_judgements(write: Write, faults: FaultsOf) -> None:
    path = write("q\td\tscore\nq1\td1\t1\nq9\td9\tx\nq1 d1 1\nq1\td1\t2\nq1\td1\t1.0\nq1\t\t1\n")
    assert faults(read_qrels(p, {"q1"}, {"d1"}) for p in [path]) == [
        "line 3, score: found 'x', expected a whole number",
        "line 3, query-id: found the unknown query 'q9', expected an _id of queries.jsonl",
        "line 3, corpus-id: found the unknown document 'd9', expected an _id of corpus.jsonl",
        "line 4: found 1 columns in 'q1 d1 1', expected query-id, corpus-id, score, parted by tabs",
        "line 5, score: found 2, earlier 1, expected one grade for a pair",
        "line 6, score: found '1.0', expected a whole number",
        "line 7, corpus-id: found the unknown document '', expected an _id of corpus.jsonl",
    ]


@pytest.mark.parametrize("content", ["", "query-id\tcorpus-id\tscore\n"])
def test_no_judgements(write: Write, faults: FaultsOf, content: str) -> None:
    assert faults(read_qrels(path, {"q"}, {"d"}) for path in [write(content)]) == ["found no records, expected at least one"]


@pytest.mark.parametrize("read", [lambda path: list(read_corpus(path)), read_queries])
def test_empty_and_missing_files(write: Write, faults: FaultsOf, tmp_path: Path, read: Callable[[Path], object]) -> None:
    assert faults(read(path) for path in [write("\n")]) == ["found no records, expected at least one"]
    with pytest.raises(InputError, match=r"corpus\.jsonl does not exist"):
        read(tmp_path / "corpus.jsonl")


def test_splits_are_named_after_their_files(write: Write, tmp_path: Path) -> None:
    for name in ("train", "dev", "test"):
        write(f"q\td\t{len(name)}\n", f"qrels/{name}.tsv")
    assert read_judgements(tmp_path, {"d"}, {"q": "why"}) == {
        "train": [JudgedQuery("q", "why", {"d": 5})],
        "validation": [JudgedQuery("q", "why", {"d": 3})],
        "test": [JudgedQuery("q", "why", {"d": 4})],
    }
    write("q\td\t1\n", "qrels/valid.tsv")
    with pytest.raises(InputError, match=r"two files for the validation split, one is valid\.tsv; keep one of them"):
        read_judgements(tmp_path, {"d"}, {"q": "why"})


def test_a_folder_without_judgements(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no qrels/\*\.tsv in .*; expected corpus\.jsonl, queries\.jsonl and qrels/test\.tsv there"
    ):
        read_judgements(tmp_path, {"d"}, {"q": "why"})
