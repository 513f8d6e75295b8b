"""Bytes become lines the same way for every reader."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpref.data.faults import Faults, one_of
from nlpref.data.lines import existing, read_lines, read_records
from nlpref.errors import DataError, InputError

Write = Callable[..., Path]


def lines_of(path: Path) -> tuple[list[str], list[str]]:
    faults = Faults()
    return [line.text for line in read_lines(path, faults)], faults.shown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=20), max_size=6))
def test_only_the_line_feed_ends_a_line(write: Write, texts: list[str]) -> None:
    expected = [text.removeprefix("\ufeff") if number == 0 else text for number, text in enumerate(texts)]
    assert lines_of(write("".join(text + "\n" for text in texts))) == (expected, [])
    assert lines_of(write("".join(text + "\r\n" for text in texts))) == (expected, [])


def test_other_separators_stay_in_their_line(write: Write) -> None:
    text = "one\u2028two\x85three\x0bfour\x0cfive\x1csix\u2029seven\reight"
    assert len(text.splitlines()) == 8
    assert lines_of(write(text + "\nnext")) == ([text, "next"], [])


def test_mark_at_the_beginning_is_dropped_once(write: Write) -> None:
    assert lines_of(write("\ufeffa\n\ufeffb\n")) == (["a", "\ufeffb"], [])


def test_what_is_not_text_is_named_with_its_place(write: Write) -> None:
    path = write(b"good\ncaf\xe9\nx\0y\nlast \xf0\x9f\x98")
    texts, faults = lines_of(path)
    assert texts == ["good", "caf\ufffd", "x\0y", "last \ufffd"]
    expected = "expected UTF-8; save the file in that encoding"
    assert faults == [
        f"{path}, line 2: found byte 0xe9 at position 3, {expected}",
        f"{path}, line 3: found byte 0x00 at position 1, {expected}",
        f"{path}, line 4: found byte 0xf0 at position 5, {expected}",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_refused_at_the_first_line(write: Write, encoding: str) -> None:
    assert "line 1: found byte" in lines_of(write("text,label\na,b\n".encode(encoding)))[1][0]


def test_paths_that_are_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "here.txt").write_text("a", "utf-8")
    assert existing("~/here.txt") == existing(tmp_path / "here.txt") == tmp_path / "here.txt"
    os.mkfifo("pipe")
    for name, reason in (("gone.csv", "does not exist"), (".", "is a folder, not a file"), ("pipe", "is no regular file")):
        with pytest.raises(InputError, match=rf"{name} {reason}; relative paths start from {tmp_path}"):
            existing(name)


def test_records_and_what_is_no_record(write: Write) -> None:
    faults = Faults()
    path = write(
        '\n{"a": 1}\r\n  \n[1]\n{"a": }\n{"a": 1} {"a": 2}\nnull\n'
        + "[" * 100_000
        + '\n{"b": "\\ud83d"}\n{"b": "\\uD83D\\ude00"}'
    )
    assert list(read_records(path, faults)) == [(2, {"a": 1}), (10, {"b": "😀"})]
    found = [fault.partition("line ")[2].partition(", expected")[0] for fault in faults.shown]
    assert found[:4] == [
        "4: found a JSON list",
        "5: found '{\"a\": }' (Expecting value at position 6)",
        '6: found \'{"a": 1} {"a": 2}\' (Extra data at position 9)',
        "7: found a JSON NoneType",
    ]
    assert "maximum recursion depth" in found[4]
    assert "half of a surrogate pair, '\\ud83d'" in found[5]


def test_first_faults_are_shown_and_the_rest_counted() -> None:
    faults = Faults(limit=2)
    faults.raise_if_any()
    for line in range(1, 6):
        faults.add("a.csv", line, "text", "nothing", "a text")
    with pytest.raises(DataError) as caught:
        faults.raise_if_any()
    assert str(caught.value) == (
        "5 faults in the data:\n"
        "  a.csv, line 1, text: found nothing, expected a text\n"
        "  a.csv, line 2, text: found nothing, expected a text\n"
        "... and 3 more like these"
    )
    assert caught.value.total == 5


def test_names_that_were_expected() -> None:
    assert one_of(["text", "label"], "lable") == "'label'? Known: 'label', 'text'"
    assert one_of(["text", "label"], "zzz") == "one of 'label', 'text'"
    assert one_of([f"n{number:02}" for number in range(11)]).endswith("'n07' and 3 more")
    assert one_of([]) == "one of nothing"
