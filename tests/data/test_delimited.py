"""Labelled texts from CSV and JSON lines: what is read, and what is said about what cannot be."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpref.data.delimited import read_csv, read_jsonl
from nlpref.errors import DataError, InputError
from nlpref.types import LabelledText

Write = Callable[..., Path]
FaultsOf = Callable[[Iterable[object]], list[str]]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)
rows = st.lists(st.tuples(texts, texts.map(str.strip)), min_size=1, max_size=5)
same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_file
@given(rows, st.sampled_from(",;\t|"))
def test_what_the_csv_module_writes_is_read_back(write: Write, examples: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([("text", "label"), *examples])
    found = [(example.text, example.label) for example in read_csv(write(out.getvalue()), delimiter=delimiter)]
    unix = [(text.replace("\r\n", "\n"), label.replace("\r\n", "\n")) for text, label in examples]
    assert found == unix


@same_file
@given(rows, st.booleans())
def test_what_the_json_module_writes_is_read_back(write: Write, examples: list[tuple[str, str]], ascii_only: bool) -> None:
    lines = [json.dumps({"text": text, "label": label}, ensure_ascii=ascii_only) + "\n" for text, label in examples]
    assert [(example.text, example.label) for example in read_jsonl(write("".join(lines)))] == examples


def test_columns_are_chosen_by_name(write: Write) -> None:
    content = 'when;topic;body;key\n2026-01-02;a;"x; ""y""\nz";k1\n\n2026-01-03; b ;w;k2\r\n'
    path = write(content)
    found = list(read_csv(path, text="body", label="topic", id="key", facts=["when", "body"], delimiter=";"))
    assert found == [LabelledText('x; "y"\nz', "a", "k1"), LabelledText("w", "b", "k2")]
    assert found[0].facts == {"when": "2026-01-02", "body": 'x; "y"\nz'}


def test_line_numbers_are_the_ids(write: Write) -> None:
    assert [example.id for example in read_csv(write('text,label\n"a\nb",x\n\nc,x\n'))] == ["2", "5"]
    assert [example.id for example in read_jsonl(write('{"text": "a", "label": 1}\n\n{"text": "b", "label": 0}'))] == ["1", "3"]


def test_tab_in_a_tsv(write: Write) -> None:
    assert next(read_csv(write("text\tlabel\na,b\tx\n", "data.tsv"))) == LabelledText("a,b", "x", "2")


def test_values_of_json(write: Write) -> None:
    record = {"text": "a", "label": 3, "id": 7, "none": None, "yes": True, "part": {"x": "é"}}
    found = next(read_jsonl(write(json.dumps(record)), id="id", facts=["none", "yes", "part"]))
    assert found == LabelledText("a", "3", "7")
    assert found.facts == {"none": "", "yes": "true", "part": '{"x": "é"}'}


def test_byte_order_mark_before_the_header(write: Write) -> None:
    assert [example.text for example in read_csv(write("\ufefftext,label\r\na,b\r\n"))] == ["a"]


def test_every_fault_of_a_csv_row(write: Write, faults: FaultsOf) -> None:
    path = write(
        b"key,text,label\n"
        b"k1,  ,x\n"  # 2
        b"k2,a, \n"
        b"k3,a,y\n"  # 4
        b"k4,a\n"
        b"k5,caf\xe9,x\n"  # 6
        b"k6,good,x\n"
        b"k6,again,x\n"  # 8
        b",no id,x\n"
        b'k8,"a"b,x\n'  # 10
        b'k9,"never closed,x\n'
    )
    unreadable = "expected every quote closed, quotes in texts doubled, no field above 131072 characters"
    assert faults(read_csv(path, id="key", labels=["x", "yes"])) == [
        "line 2, field 'text': found an empty text, expected a text",
        "line 3, field 'label': found an empty label, expected a label (a string or a whole number)",
        "line 4, field 'label': found the label 'y', which train lacks, expected one of 'x', 'yes'",
        "line 5: found 2 fields, expected 3 as in the header (texts with ',' need quotes)",
        "line 6: found byte 0xe9 at position 6, expected UTF-8; save the file in that encoding",
        "line 8, field 'key': found the id 'k6' again, expected an id of its own for each record",
        "line 9, field 'key': found \"\", expected an id (a string or a whole number)",
        f"line 10: found a row that cannot be read (',' expected after '\"'), {unreadable}",
        f"line 11: found a row that cannot be read (unexpected end of data), {unreadable}",
    ]


def test_every_fault_of_a_json_record(write: Write, faults: FaultsOf) -> None:
    records: list[object] = [
        {"text": "a", "lable": "x"},
        {"text": None, "label": "x"},
        {"text": ["a"], "label": 1.5},
        {"text": "", "label": True},
        {"text": "a" * 9, "label": {"long": "b" * 60}},
    ]
    label = "expected a label (a string or a whole number)"
    assert faults(read_jsonl(write("".join(json.dumps(record) + "\n" for record in records)))) == [
        "line 1, field 'label': found no such field, expected 'lable'? Known: 'lable', 'text'",
        "line 2, field 'text': found null, expected a text",
        "line 3, field 'text': found [\"a\"], expected a text",
        f"line 3, field 'label': found 1.5, {label}",
        "line 4, field 'text': found an empty text, expected a text",
        f"line 4, field 'label': found true, {label}",
        'line 5, field \'label\': found {"long": "' + "b" * 30 + f"..., {label}",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["line 1, column 'text': found no such column, expected a header line"]),
        ("Text,label\na,b\n", ["line 1, column 'text': found no such column, expected 'Text'? Known: 'Text', 'label'"]),
        ("\n\nbody,label\na,b\n", ["line 3, column 'text': found no such column, expected one of 'body', 'label'"]),
        ("text,label,text\na,b,c\n", ["line 1, column 'text': found 2 such columns, expected one"]),
        ("text,label\n", ["found no rows, expected at least one row below the header"]),
        ("text,label\n\n\n", ["found no rows, expected at least one row below the header"]),
        (b"t\xe9xt,label\na,b\n", ["line 1: found byte 0xe9 at position 1, expected UTF-8; save the file in that encoding"]),
    ],
)
def test_faults_of_the_header(write: Write, faults: FaultsOf, content: str | bytes, expected: list[str]) -> None:
    assert faults(read_csv(write(content)))[:1] == expected


def test_old_line_ends_and_endless_fields_are_faults(write: Write, faults: FaultsOf) -> None:
    assert "new-line character seen in unquoted field" in faults(read_csv(write("text,label\ra,b\rc,d\r")))[0]
    assert "field larger than field limit" in faults(read_csv(write('text,label\n"' + "a" * 200_000 + '",x\n')))[0]


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_json_lines_without_records(write: Write, faults: FaultsOf, content: str) -> None:
    assert faults(read_jsonl(write(content))) == ["found no records, expected one JSON object on each line"]


def test_good_rows_come_before_the_report(write: Write) -> None:
    reading = read_csv(write("text,label\na,x\n,x\nb,x\n"))
    assert [next(reading).text, next(reading).text] == ["a", "b"]
    with pytest.raises(DataError, match="1 fault"):
        next(reading)


def test_many_faults_are_counted(write: Write) -> None:
    with pytest.raises(DataError, match=r"25 faults in the data:(?s:.*)\.\.\. and 15 more like these") as caught:
        list(read_csv(write("text,label\n" + ",x\n" * 25)))
    assert (len(caught.value.faults), caught.value.total) == (10, 25)


@pytest.mark.parametrize("delimiter", ["", "\\t", '"', "\n"])
def test_delimiters(write: Write, delimiter: str) -> None:
    path = write("text,label\na,x\n")
    if not delimiter:
        assert len(list(read_csv(path, delimiter=delimiter))) == 1
    else:
        with pytest.raises(InputError, match="a delimiter is one character"):
            list(read_csv(path, delimiter=delimiter))


@pytest.mark.parametrize("read", [read_csv, read_jsonl])
def test_missing_file(tmp_path: Path, read: Callable[[Path], Iterable[object]]) -> None:
    with pytest.raises(InputError, match=r"gone\.csv does not exist"):
        list(read(tmp_path / "gone.csv"))
    with pytest.raises(InputError, match="is a folder"):
        list(read(tmp_path))
