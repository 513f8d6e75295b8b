"""Documents from JSON lines, CSV and folders, and what is said of records that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlpref.collection.sources import Fields, read_documents
from nlpref.errors import DataError, InputError
from nlpref.types import Document


def test_json_lines(tmp_path: Path) -> None:
    rows = [{"_id": 7, "text": "a", "title": "t", "year": 2020, "open": True}, {"id": "x", "title": "only"}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = list(read_documents(tmp_path / "d.jsonl", Fields(facts=["year", "open"])))
    assert found == [Document("7", "a", "t"), Document("x", "", "only")]
    assert [one.facts for one in found] == [{"year": 2020, "open": "true"}, {}]


def test_csv(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text('url,body,lang,year\nu1,"a, b",en,2020\nu2,c,,\n', "utf-8")
    found = list(read_documents(tmp_path / "d.csv", Fields("url", "body", facts=["lang", "year"], numbers=["year"])))
    assert found == [Document("u1", "a, b"), Document("u2", "c")]
    assert [one.facts for one in found] == [{"lang": "en", "year": 2020.0}, {}]


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.txt").write_text("plain", "utf-8")
    (tmp_path / "deep" / "a.md").write_text("intro\n## How to\nbody", "utf-8")
    (tmp_path / "c.pdf").write_bytes(b"%PDF")
    assert list(read_documents(tmp_path)) == [
        Document("b.txt", "plain", "b"),
        Document("deep/a.md", "intro\n## How to\nbody", "How to"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("d.jsonl", '{"text": "a"}', "field 'id': found null"),
        ("d.jsonl", '{"id": "a", "text": 3}', "field 'text': found 3"),
        ("d.jsonl", '{"id": "a", "text": " "}', "neither text nor title"),
        ("d.jsonl", '{"id": "a", "text": "b", "lang": []}', "field 'lang'"),
        ("d.jsonl", '{"id": "a", "text": "b", "year": "2020"}', "field 'year'.*expected a number"),
        ("d.jsonl", "no json", "one JSON object"),
        ("d.jsonl", "", "no documents"),
        ("d.csv", "id,body\na,b", "column 'text'"),
        ("d.csv", "id,text,lang,year\na,b", "2 fields"),
        ("d.csv", "id,text,lang,year\na,b,c,soon", "expected a number"),
        ("d.csv", "id,text,lang,year", "no documents"),
        ("d.csv", "", "a header line"),
        ("sub/d.txt", b"\xff", "byte 0xff at position 0"),
        ("sub/d.pdf", b"", "a .txt or .md file"),
    ],
)
def test_what_is_no_document(name: str, content: str | bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=said):
        list(read_documents(path.parent if "/" in name else path, Fields(facts=["lang", "year"], numbers=["year"])))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "d.xml").touch()
    with pytest.raises(InputError, match=r"ends in '\.xml'"):
        list(read_documents(tmp_path / "d.xml"))
    with pytest.raises(InputError, match="does not exist"):
        list(read_documents(tmp_path / "d.jsonl"))
