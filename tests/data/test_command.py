"""``python -m nlpref.data``: what it prints, and how it ends."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nlpref.data import __main__ as command
from nlpref.data import catalogue
from nlpref.data.catalogue import Entry, RemoteFile, entry, names

UNREACHABLE = "http://127.0.0.1:9"  # a proxy that is not there: the same with a network and without


def run(*arguments: str, tmp_path: Path, data: str = "", module: str = "nlpref.data") -> tuple[int, str, str]:
    environment = {
        **os.environ,
        "NLPREF_CACHE": str(tmp_path / "cache"),
        "NLPREF_DATA": data,
        "https_proxy": UNREACHABLE,
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_list_in_a_process_of_its_own(tmp_path: Path) -> None:
    code, out, err = run("list", tmp_path=tmp_path)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["name", "task", "size", "at", "hand", "licence"]
    assert [line.split()[0] for line in lines[2:]] == list(names())
    assert "banking77                  classification  1.1 MB   -        CC BY 4.0" in lines


def test_fetch_out_of_reach(tmp_path: Path) -> None:
    code, out, err = run("fetch", "wnut17", tmp_path=tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith(f"wnut17: wnut17train.conll of wnut17 is neither in {tmp_path}/cache/data/wnut17 nor in ")
    assert "could not download https://raw.githubusercontent.com/" in err
    assert "use the bundled data, which is for all three tasks: dataset=supportdesk" in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_wrong_commands(tmp_path: Path) -> None:
    code, _, err = run("fetch", tmp_path=tmp_path)
    assert code == 2
    assert "fetch needs either names or --all; the names are: amazon_reviews, banking77" in err
    code, _, err = run("verify", "banking78", tmp_path=tmp_path)
    assert code == 2
    assert err.startswith("error: no data set 'banking78' in the catalogue; expected 'banking77'? Known:")
    code, _, err = run("delete", tmp_path=tmp_path)
    assert code == 2
    assert "invalid choice: 'delete'" in err


def test_the_console_script_hands_on_the_exit_status(tmp_path: Path) -> None:
    code, out, _ = run("data", "verify", "cisi", tmp_path=tmp_path, module="nlpref")
    assert code == 1
    assert "not at hand" in out


@pytest.mark.real_data
def test_all_sets_are_at_hand_and_good(tmp_path: Path) -> None:
    given = os.environ["NLPREF_DATA"]
    code, out, err = run("verify", tmp_path=tmp_path, data=given)
    assert (code, err, out.count("all good")) == (0, "", len(names()))
    code, out, err = run("fetch", "--all", tmp_path=tmp_path, data=given)
    assert (code, err, out.count("licence: ")) == (0, "", len(names()))
    assert f"banking77: {given}/banking77\n  licence: CC BY 4.0\n  cite: Casanueva" in out
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small(server: Any, stores: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A catalogue of one set of two files, on a server here."""
    listed = tuple(
        RemoteFile(name, 5, hashlib.sha256(name.encode()).hexdigest(), server.serve(f"/{name}", name.encode()))
        for name in ("a.txt", "b.txt")
    )
    data = Entry("mine", "Mine", "ner", "my_folder", "https://example.org", "CC0", "Me 2026", listed)
    monkeypatch.setattr(catalogue, "_entries", lambda: {"mine": data})
    return data


def test_fetch_then_list_then_verify(small: Entry, stores: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = stores[0] / "my_folder"
    assert command.main(["verify"]) == 0  # absence is no failure unless the set was named
    assert command.main(["verify", "mine"]) == 1
    assert capsys.readouterr().out.count("mine  -      0 of 2  not at hand") == 2
    assert command.main(["fetch", "--all"]) == 0
    assert capsys.readouterr().out == f"mine: {folder}\n  licence: CC0\n  cite: Me 2026\n"
    assert (folder / "a.txt").read_bytes() == b"a.txt"
    assert command.main(["list"]) == 0
    assert "mine  ner   0.0 MB  cache    CC0" in capsys.readouterr().out
    assert command.main(["verify", "mine"]) == 0
    assert "mine  cache  2 of 2  all good" in capsys.readouterr().out


def test_verify_names_what_is_wrong(small: Entry, stores: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    cache, given = (folder / "my_folder" for folder in stores)
    given.mkdir()
    (given / "a.txt").write_bytes(b"A.txt")
    cache.mkdir(parents=True)
    (cache / "b.txt").write_bytes(b"b.txt")
    assert command.main(["verify"]) == 1
    out = capsys.readouterr().out
    assert "mine  cache        1 of 2  a.txt missing" in out
    assert "mine  NLPREF_DATA  0 of 2  a.txt changed; b.txt missing" in out
    assert command.main(["list"]) == 0
    assert "changed!" in capsys.readouterr().out
    assert command.main(["fetch", "mine"]) == 1
    assert "does not hold mine as published: the sha256 of a.txt is another" in capsys.readouterr().err


def test_one_failure_does_not_stop_the_rest(
    small: Entry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stores: tuple[Path, Path]
) -> None:
    gone = Entry("gone", "Gone", "ner", "gone", "", "", "", (RemoteFile("x", 1, "0", small.files[0].url + ".gone"),))
    monkeypatch.setattr(catalogue, "_entries", lambda: {"gone": gone, "mine": small})
    assert command.main(["fetch", "--all"]) == 1
    out, err = capsys.readouterr()
    assert "gone: x of gone is neither in" in err
    assert out.startswith("mine: ")


def test_real_entries_have_the_sizes_that_are_listed() -> None:
    assert entry("banking77").bytes == sum(file.bytes for file in entry("banking77").files) == 1_104_455


def test_interrupted_by_the_user(
    small: Entry, server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stores: tuple[Path, Path]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "download", interrupted)
    assert command.main(["fetch", "mine"]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")
