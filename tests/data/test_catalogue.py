"""The catalogue: complete, made from the manifest, and good files found where they are."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from nlpref.data import fetch
from nlpref.data.catalogue import Entry, RemoteFile, cache_root, entry, find, names, state
from nlpref.errors import InputError, MissingResourceError, StorageError

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_catalogue.py"
ONE, TWO = b"one" * 1000, b"two" * 500
EXPECTED = {
    "amazon_reviews": "classification",
    "banking77": "classification",
    "broad_twitter": "ner",
    "cisi": "retrieval",
    "clinc150": "classification",
    "cranfield": "retrieval",
    "crossner": "ner",
    "hatecheck": "classification",
    "scifact": "retrieval",
    "semeval_twitter_sentiment": "classification",
    "squadshifts": "retrieval",
    "tweeteval": "classification",
    "wnut17": "ner",
    "wrench_youtube": "classification",
}


def made(server: Any, *, wrong: bytes | None = None) -> Entry:
    """An entry of two files on the server."""
    contents = {"a.txt": ONE, "deep/b.txt": TWO}
    listed = tuple(
        RemoteFile(path, len(content), hashlib.sha256(content).hexdigest(), server.serve(f"/{path}", wrong or content))
        for path, content in contents.items()
    )
    return Entry("mine", "Mine", "ner", "my_folder", "https://example.org", "CC0", "Me 2026", listed)


def put(folder: Path, **contents: bytes) -> None:
    for name, content in contents.items():
        path = folder / "my_folder" / {"a": "a.txt", "b": "deep/b.txt"}[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_every_set_is_there() -> None:
    assert {name: entry(name).task for name in names()} == EXPECTED


@pytest.mark.parametrize("name", names())
def test_every_entry_says_all(name: str) -> None:
    data = entry(name)
    assert all([data.title, data.folder, data.licence, data.files])
    assert data.homepage.startswith("https://")
    assert re.search(r"\b(19|20)\d\d\b", data.citation)
    assert data.credit == {"name": name, "licence": data.licence, "citation": data.citation, "homepage": data.homepage}
    assert len({file.path for file in data.files}) == len(data.files)
    for file in data.files:
        assert re.fullmatch(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+", file.url), "not at a fixed commit"
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.bytes > 0
        assert not Path(file.path).is_absolute()
        assert ".." not in Path(file.path).parts


def make_catalogue(manifest: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, manifest, "--out", out], capture_output=True, text=True, check=False)


def test_the_script_makes_the_catalogue_again(tmp_path: Path) -> None:
    text = (files("nlpref.data") / "catalogue.json").read_text("utf-8")
    with (tmp_path / "manifest.tsv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(["dataset", "file", "bytes", "sha256", "commit", "url"])
        writer.writerow(["unheard_of", "x", 1, "0", "0", "https://example.org"])
        for record in json.loads(text).values():
            writer.writerows([record["folder"], f["path"], f["bytes"], f["sha256"], "", f["url"]] for f in record["files"])
    made = make_catalogue(tmp_path / "manifest.tsv", tmp_path / "catalogue.json")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    assert (tmp_path / "catalogue.json").read_text("utf-8") == text


@pytest.mark.real_data
def test_the_catalogue_is_that_of_the_manifest(tmp_path: Path) -> None:
    made = make_catalogue(Path(os.environ["NLPREF_DATA"]) / "MANIFEST.tsv", tmp_path / "catalogue.json")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "catalogue.json").read_text("utf-8") == (files("nlpref.data") / "catalogue.json").read_text("utf-8")


def test_a_manifest_that_lacks_a_file(tmp_path: Path) -> None:
    (tmp_path / "manifest.tsv").write_text("dataset\tfile\tbytes\tsha256\turl\n", "utf-8")
    made = make_catalogue(tmp_path / "manifest.tsv", tmp_path / "catalogue.json")
    assert made.returncode == 2
    assert "amazon_reviews: the manifest has no file *" in made.stderr
    assert not (tmp_path / "catalogue.json").exists()


def test_unknown_names() -> None:
    with pytest.raises(
        InputError, match=r"no data set 'bankin77' in the catalogue; expected 'banking77'\? Known: 'amazon_reviews', "
    ):
        fetch("bankin77")
    with pytest.raises(InputError, match=r"banking77 has no file 'tset.csv'; expected 'test.csv'\? Known: "):
        fetch("banking77", ["tset.csv"])


def test_the_cache_is_where_it_was_put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLPREF_CACHE", "~/there")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_root() == tmp_path / "there" / "data"
    monkeypatch.delenv("NLPREF_CACHE")
    assert cache_root() == tmp_path / ".cache" / "nlpref" / "data"


def test_cache_then_given_folder_then_download(server: Any, stores: tuple[Path, Path]) -> None:
    cache, given = stores
    data = made(server)
    put(given, a=ONE, b=TWO)
    assert fetch(data) == given / "my_folder"
    put(cache, a=ONE, b=TWO)
    assert fetch(data) == cache / "my_folder"
    assert server.requests == []
    (given / "my_folder" / "a.txt").unlink()
    (cache / "my_folder" / "a.txt").unlink()
    assert find(data) is None
    assert fetch(data) == cache / "my_folder"
    assert server.requests == ["/a.txt"]
    assert (cache / "my_folder" / "a.txt").read_bytes() == ONE


def test_without_a_given_folder_all_is_downloaded(
    server: Any, stores: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NLPREF_DATA")
    assert fetch(made(server)) == stores[0] / "my_folder"
    assert sorted(server.requests) == ["/a.txt", "/deep/b.txt"]
    assert fetch(made(server)) == stores[0] / "my_folder"
    assert len(server.requests) == 2


def test_only_what_is_asked_for_is_downloaded(server: Any, stores: tuple[Path, Path]) -> None:
    fetch(made(server), ["deep/b.txt"])
    assert server.requests == ["/deep/b.txt"]


def test_what_the_given_folder_has_is_not_downloaded(server: Any, stores: tuple[Path, Path]) -> None:
    cache, given = stores
    put(given, a=ONE)
    assert fetch(made(server)) == cache / "my_folder"
    assert server.requests == ["/deep/b.txt"]
    assert (cache / "my_folder" / "a.txt").read_bytes() == ONE
    assert [path.name for path in (given / "my_folder").rglob("*")] == ["a.txt"]  # only read


def test_changed_files_are_refused_or_replaced(server: Any, stores: tuple[Path, Path]) -> None:
    cache, given = stores
    data = made(server)
    put(given, a=b"x" * len(ONE), b=TWO)
    with pytest.raises(StorageError, match=r"given/my_folder does not hold mine as published: the sha256 of a\.txt is another"):
        fetch(data)
    assert server.requests == []
    put(cache, a=b"x" * len(ONE), b=TWO)
    put(given, a=ONE)
    assert fetch(data) == given / "my_folder"
    (given / "my_folder" / "a.txt").unlink()
    fetch(data)
    assert (cache / "my_folder" / "a.txt").read_bytes() == ONE


def test_a_change_after_the_check_is_seen(server: Any, stores: tuple[Path, Path]) -> None:
    file = made(server).files[0]
    put(stores[0], a=ONE)
    folder = stores[0] / "my_folder"
    assert state(folder, file) == "good"
    put(stores[0], a=b"x" * len(ONE))
    os.utime(folder / "a.txt", (1, 1))
    assert state(folder, file) == "changed"
    (folder / "a.txt").unlink()
    assert state(folder, file) == "missing"


def test_published_bytes_or_none(server: Any, stores: tuple[Path, Path]) -> None:
    with pytest.raises(StorageError, match="is not the published file, so it was not kept"):
        fetch(made(server, wrong=b"<html>"))
    assert not stores[0].parent.exists()


def test_out_of_reach(server: Any, stores: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    cache, given = stores
    data = made(server)
    server.pages.clear()
    with pytest.raises(MissingResourceError) as caught:
        fetch(data)
    assert str(caught.value) == (
        f"a.txt of mine is neither in {cache}/my_folder nor in {given}/my_folder, and could not download {data.files[0].url} "
        "(HTTPError: HTTP Error 404: Not Found). Without a network, set NLPREF_DATA to a folder that has my_folder/a.txt, "
        "or use the bundled data, which is for all three tasks: dataset=supportdesk"
    )
    monkeypatch.delenv("NLPREF_DATA")
    with pytest.raises(MissingResourceError, match=r"nor in a folder named by NLPREF_DATA \(not set\), and"):
        fetch(data)
    assert not cache.parent.exists()
