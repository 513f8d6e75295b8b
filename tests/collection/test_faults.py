"""Killed while it writes, and bytes that change: what was acknowledged is there, or an error says what is wrong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.collection.writer import WRITER, killed, played

from nlpref.collection import Collection, store
from nlpref.errors import StorageError
from nlpref.types import Document

KILLS = 3
FLIPS = 40
CHANGES = 60


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    for seed in range(KILLS):
        folder = tmp_path / str(seed)
        done = len(killed(folder, seed, chance))
        assert done > 0
        with Collection.open(folder, write=True) as opened:
            found = {one.id: one.text for one in opened.documents()}
            # the change that was under way when it was killed may be there as well, but only as a whole
            assert found in (played(seed, done), played(seed, done + 1))
            assert opened.search(["word1"], 5) is not None
            opened.compact()
        assert store.faults(folder) == []


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection with two segments, deleted documents, vectors, and changes in the log."""
    monkeypatch.setattr("os.fsync", lambda handle: None)
    folder = tmp_path / "whole"
    made = Collection.create(folder, dim=2)
    rows = np.ones((30, 2), dtype=np.float32)
    made.add([Document(f"a{n}", f"word{n} parcel", facts={"n": n, "lang": "en"}) for n in range(30)], rows)
    made.save()
    made.add([Document(f"b{n}", f"word{n} refund") for n in range(9)], rows[:9])
    made.delete(["a3"])
    made.save()
    made.add([Document("c", "the last parcel")], rows[:1])
    made.delete(["a4"])
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    made.close()
    return copy


def refusal(folder: Path, expected: object) -> str:
    """What opening says against it; empty where it opens, and then everything must be there."""
    try:
        with Collection.open(folder) as opened:
            assert opened.search(["parcel", "word7"], 5) == expected
    except StorageError as error:
        return str(error)
    return ""


def test_changed_and_cut_files_are_refused(whole: Path) -> None:
    chance = np.random.default_rng(1)
    with Collection.open(whole) as opened:
        expected = opened.search(["parcel", "word7"], 5)
    files = sorted(path for path in whole.rglob("*") if path.is_file() and path.name != "lock")
    assert len(files) > 40
    for turn in range(FLIPS + len(files)):
        path = files[turn % len(files)]
        content = path.read_bytes()
        if not content:
            continue
        at = int(chance.integers(len(content)))
        if turn % 3 == 2:
            path.write_bytes(content[:at])
        else:
            path.write_bytes(content[:at] + bytes([content[at] ^ int(chance.integers(1, 256))]) + content[at + 1 :])
        what = f"{path.relative_to(whole)} at {at}"
        refused = refusal(whole, expected)
        assert refused or path.name.endswith(".marks"), f"{what} is not noticed"
        assert not refused or str(whole) in refused, what
        path.write_bytes(content)
    for path in files:
        path.rename(path.with_name("elsewhere"))
        with pytest.raises(StorageError):
            Collection.open(whole)
        path.with_name("elsewhere").rename(path)
    assert store.faults(whole) == []


def test_faults_are_listed(whole: Path) -> None:
    [segment, *_] = sorted(whole.glob("segment-*"))
    (segment / "rows.npy").write_bytes(b"")
    (segment / "counts.npy").unlink()
    [log] = [path for path in whole.glob("log-*") if not path.name.endswith(".marks")]
    content = log.read_bytes()
    log.write_bytes(content[:-3])
    found = "\n".join(store.faults(whole))
    assert "rows.npy: 0 bytes, not" in found
    assert "counts.npy: missing" in found
    assert "changes up to byte" in found


def test_a_change_that_was_not_written_whole_is_dropped(whole: Path) -> None:
    """As a kill leaves it: behind what was acknowledged."""
    [log] = [path for path in whole.glob("log-*") if not path.name.endswith(".marks")]
    before = log.read_bytes()
    for torn in (b"0", b"000000000010 0000", b"000000000010 00000000\n{", b"\0" * 40):
        log.write_bytes(before + torn)
        with Collection.open(whole) as read:
            assert "c" in read
        assert log.read_bytes() == before + torn, "a reader changes nothing"
    with Collection.open(whole, write=True) as opened:
        assert "c" in opened
        assert "a4" not in opened
        assert log.read_bytes() == before


def test_leftovers_of_a_save_are_removed(whole: Path) -> None:
    for name in ("segment-000099", "deleted-000099-segment-000001.npy", "log-000099", "manifest.part"):
        (whole / name).mkdir() if name.startswith("segment") else (whole / name).touch()
    (whole / "notes.txt").touch()
    Collection.open(whole).close()
    assert (whole / "log-000099").exists()
    Collection.open(whole, write=True).close()
    assert (whole / "notes.txt").exists()
    assert not list(whole.glob("*000099*"))
    assert not (whole / "manifest.part").exists()


def test_a_reader_beside_a_writer_sees_whole_states(tmp_path: Path) -> None:
    """Every state that a reader ever sees is one that the writer had."""
    folder = tmp_path / "c"
    process = subprocess.Popen([sys.executable, str(WRITER), str(folder), "7", str(CHANGES)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    states = [played(7, count) for count in range(CHANGES + 2)]
    reader, seen = Collection.open(folder), 0
    while True:
        found = {one.id: one.text for one in reader.documents()}
        position = next((at for at in range(seen, len(states)) if states[at] == found), None)
        assert position is not None, "a state that never was, or one that was over"
        seen = position
        ended = process.poll() is not None
        reader.refresh()
        if ended:
            break
    process.stdout.close()
    assert {one.id: one.text for one in reader.documents()} == states[CHANGES]
    reader.close()
