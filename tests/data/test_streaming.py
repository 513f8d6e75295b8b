"""Memory stays flat: a reader holds a record, not the file."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from nlpref.data.beir import read_corpus
from nlpref.data.conll import read_conll
from nlpref.data.delimited import read_csv, read_jsonl
from nlpref.data.squad import read_paragraphs

N_RECORDS = 2_000
TEXT = "x" * 4_000  # 8 MB in all


def csv_rows() -> Iterator[str]:
    yield "text,label\n"
    yield from (f'"{TEXT}\n{number}",a\n' for number in range(N_RECORDS))


def json_lines() -> Iterator[str]:
    yield from (json.dumps({"_id": str(number), "text": TEXT, "label": "a"}) + "\n" for number in range(N_RECORDS))


def conll_sentences() -> Iterator[str]:
    # IOB1, so that telling the scheme needs the whole file
    yield from (f"{TEXT}\tI-A\n{number}\tO\n\n" for number in range(N_RECORDS))


def squad_articles() -> Iterator[str]:
    yield '{"data": ['
    for number in range(N_RECORDS):
        qas = [{"id": str(number), "question": "x?", "answers": [{"text": "x", "answer_start": 0}]}]
        yield "," * (number > 0) + json.dumps({"title": "A", "paragraphs": [{"context": TEXT, "qas": qas}]})
    yield '], "version": "1.1"}'


CASES: list[tuple[Callable[[], Iterator[str]], Callable[[Path], Iterable[object]]]] = [
    (csv_rows, read_csv),
    (json_lines, read_jsonl),
    (json_lines, read_corpus),
    (conll_sentences, read_conll),
    (squad_articles, read_paragraphs),
]


@pytest.mark.parametrize(("content", "read"), CASES, ids=lambda part: part.__name__)
def test_a_large_file_is_read_in_little_memory(
    tmp_path: Path, content: Callable[[], Iterator[str]], read: Callable[[Path], Iterable[object]]
) -> None:
    path = tmp_path / "large"
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(content())
    size = path.stat().st_size
    assert size > 8_000_000
    tracemalloc.start()
    try:
        count = sum(1 for _ in read(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == N_RECORDS
    assert peak < size / 10


@pytest.mark.parametrize(("content", "read"), CASES, ids=lambda part: part.__name__)
def test_the_first_record_comes_before_the_rest_is_read(
    tmp_path: Path, content: Callable[[], Iterator[str]], read: Callable[[Path], Iterable[object]]
) -> None:
    path = tmp_path / "broken"
    lines = content()
    start = "".join(next(lines) for _ in range(40))
    path.write_bytes(start.replace("I-A", "B-A").encode() + b"\xff" * 200_000)  # told apart by its first tag
    assert next(iter(read(path)))
