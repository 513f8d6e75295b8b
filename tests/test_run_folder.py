"""A run's folder belongs to one configuration and one state of the data, and nobody else's files are deleted in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlpref.errors import StorageError
from nlpref.run_folder import MARKER, OWN, claim, clear, config_hash_of


def test_a_claim_holds_for_the_same_configuration_and_data(tmp_path: Path) -> None:
    claim(tmp_path / "new", "aa", "r1")
    claim(tmp_path / "new", "aa", "r1")
    assert config_hash_of(tmp_path / "new") == "aa"
    with pytest.raises(StorageError, match=r"another configuration \(fingerprint aa, this one is bb"):
        claim(tmp_path / "new", "bb", "r1")
    with pytest.raises(StorageError, match=r"on other data \(revision r1, they now have r2"):
        claim(tmp_path / "new", "aa", "r2")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "thesis.txt").write_text("years of work", "utf-8")
    for action in (lambda: claim(tmp_path, "aa", "r1"), lambda: clear(tmp_path)):
        with pytest.raises(StorageError, match=r"holds model, but no fingerprint\.txt"):
            action()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_clearing_deletes_what_a_run_left_and_nothing_else(tmp_path: Path) -> None:
    claim(tmp_path, "aa", "r1")
    for name in OWN:
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).write_text("x", "utf-8") if "." in name else (tmp_path / name).mkdir()
    elsewhere = tmp_path / "checkpoints" / "linked"
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    elsewhere.symlink_to(tmp_path / "notes.txt")
    clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    clear(tmp_path)
    assert not (tmp_path / MARKER).exists()
    assert config_hash_of(tmp_path) == ""
