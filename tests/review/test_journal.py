"""The journal: what is acknowledged is on disk, what is broken is cut off, and one program at a time writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nlpref.data.answers import UNDONE, Answer
from nlpref.errors import DataError, StorageError
from nlpref.review.journal import Journal
from nlpref.types import Span

WORDS = ("in", "Rome")


def answer(id: str, *spans: Span, **more: Any) -> Answer:
    return Answer(id, WORDS, spans, labels=("city",), **more)


def test_answers_are_appended_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "reviewed.jsonl"
    first, second, third = answer("1", Span(1, 2, "city")), answer("2"), answer("3", verdict=UNDONE)
    with Journal(path) as journal:
        journal.add(first)
        before = path.read_bytes()
        journal.add(second)
    with Journal(path) as journal:
        assert journal.answers == [first, second]
        assert journal.standing == {WORDS: second}
        journal.add(third)
        assert journal.standing == {WORDS: first}
    assert path.read_bytes().startswith(before)
    with pytest.raises(StorageError, match="closed"):
        journal.add(first)


@pytest.mark.parametrize("rest", [b'{"id": "2", "tok', b"\0\0\0\0", b'{"id": "2"\n'])
def test_a_broken_last_line_is_cut_off_and_writing_goes_on(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "reviewed.jsonl"
    path.write_bytes(answer("1").line().encode() + b"\n" + rest)
    with Journal(path) as journal:
        assert (len(journal.answers), journal.cut) == (1, len(rest))
        journal.add(answer("2"))
    with Journal(path) as journal:
        assert [one.id for one in journal.answers] == ["1", "2"]
        assert journal.cut == 0


def test_a_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.jsonl"
    path.write_bytes(answer("1").line().encode())
    with Journal(path) as journal:
        journal.add(answer("2"))
    with Journal(path) as journal:
        assert [one.id for one in journal.answers] == ["1", "2"]


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "reviewed.jsonl"
    with Journal(path) as journal:
        journal.add(answer("1"))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                journal.add(answer("2"))
        journal.add(answer("3"))
        assert [one.id for one in journal.answers] == ["1", "3"]
    with Journal(path) as journal:
        assert [one.id for one in journal.answers] == ["1", "3"]


def test_a_second_review_of_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.jsonl"
    with Journal(path), pytest.raises(StorageError, match="open in another review"), Journal(path):
        pass
    with Journal(path):
        pass
    with pytest.raises(StorageError, match="is no file"), Journal(tmp_path):
        pass


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("a line\nanother one\n", "utf-8")
    with pytest.raises(DataError, match="line 1"), Journal(path):
        pass
    assert path.read_text("utf-8") == "a line\nanother one\n"


PROGRAM = """
import sys
from nlpref.data.answers import Answer
from nlpref.review.journal import Journal
with Journal(sys.argv[1]) as journal:
    for number in range(100_000):
        journal.add(Answer(str(number), ("in", "Rome")))
        print(number, flush=True)
"""


def test_whatever_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.jsonl"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(20)]
        program.kill()
        said += program.stdout.readlines()
    acknowledged = [line.strip() for line in said if line.endswith("\n")]
    with Journal(path) as journal:
        assert [one.id for one in journal.answers][: len(acknowledged)] == acknowledged
        assert len(journal.answers) <= len(acknowledged) + 1
