"""The verb that builds, changes and searches a collection, and that goes on where it was interrupted."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpref import index
from nlpref.collection import Collection

ROWS = [
    {"id": f"p{number}", "text": f"page {number} on parcel {number % 5}", "title": f"Title {number}", "year": 2000 + number}
    for number in range(30)
]


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs the verb in a folder of its own that holds 30 pages, and gives what it prints."""
    monkeypatch.chdir(tmp_path)
    write("pages.jsonl", ROWS)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["nlpref index", *arguments])
        index.main()
        return capsys.readouterr().out

    return run


def write(path: str, rows: list[dict[str, Any]]) -> None:
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def hits(said: str) -> list[str]:
    return [hit["id"] for hit in json.loads(said)["hits"]]


def test_built_searched_changed_verified(call: Callable[..., str]) -> None:
    assert call("build", "folder=c", "source=pages.jsonl", "facts=year", "batch=7") == "30 documents in c\n"
    found = json.loads(call("search", "folder=c", "query=parcels 4", "k=2", "where=year>=2020"))
    assert [hit["id"] for hit in found["hits"]] == ["p20", "p21"]
    assert found["hits"][0]["snippet"] == "page 20 on **parcel**"
    assert found["hits"][0]["facts"] == {"year": 2020}
    assert found["hits"][0]["title"] == "Title 20"
    write("more.jsonl", [{"id": "new", "text": "something else"}, {"id": "p1", "text": "something else again"}])
    with pytest.raises(SystemExit, match="already: 'p1'"):
        call("add", "folder=c", "source=more.jsonl")
    assert call("add", "folder=c", "source=more.jsonl", "replace=true") == "31 documents, 1 more than before\n"
    assert hits(call("search", "folder=c", "query=something")) == ["new", "p1"]
    assert call("delete", "folder=c", "ids=new,p1") == "29 documents, 2 fewer than before\n"
    assert hits(call("search", "folder=c", "query=something")) == []
    Path("gone.txt").write_text("p2\np3\n", "utf-8")
    assert call("delete", "folder=c", "file=gone.txt").startswith("27 documents")
    assert call("compact", "folder=c") == "27 documents in one segment\n"
    assert call("verify", "folder=c") == "every file is as it was written\n"
    path = next(Path("c").glob("segment-*/rows.npy"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SystemExit, match=r"rows\.npy: "):
        call("verify", "folder=c")


def test_an_interrupted_build_goes_on(call: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("build", "folder=c", "source=pages.jsonl", "batch=8", "stemmer=none")
    whole = Collection.add
    added = []

    def stop(self: Collection, documents: Any, vectors: Any = None) -> None:
        if len(added) == 2:
            raise KeyboardInterrupt
        added.append([document.id for document in documents])
        whole(self, documents, vectors)

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "add", stop)
        with pytest.raises(SystemExit) as ended:
            call(*arguments)
    assert ended.value.code == 130
    with pytest.raises(SystemExit, match="was begun with stemmer=none"):
        call(*arguments[:-1])

    def note(self: Collection, documents: Any, vectors: Any = None) -> None:
        added.append([document.id for document in documents])
        whole(self, documents, vectors)

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "add", note)
        assert call(*arguments) == "30 documents in c\n"
    assert added[2][0] == "p16", "what was stored is not read anew"
    with Collection.open("c") as opened:
        assert [document.id for document in opened.documents()] == [row["id"] for row in ROWS]
    with pytest.raises(SystemExit, match="finished collection; use add"):
        call(*arguments)


def test_a_build_of_a_source_that_has_changed_is_refused(call: Callable[..., str]) -> None:
    write("bad.jsonl", [*ROWS[:3], {"id": "x"}])
    with pytest.raises(SystemExit, match="neither text nor title"):
        call("build", "folder=c", "source=bad.jsonl", "batch=2")
    write("bad.jsonl", [{"id": "other", "text": "a"}, *ROWS])
    with pytest.raises(SystemExit, match="has changed since the build"):
        call("build", "folder=c", "source=bad.jsonl", "batch=2")
    write("bad.jsonl", ROWS)
    assert call("build", "folder=c", "source=bad.jsonl", "batch=2") == "30 documents in c\n"


def test_a_build_in_pieces_from_a_folder(call: Callable[..., str]) -> None:
    Path("texts").mkdir()
    Path("texts/a.md").write_text("# Heading\n" + "word " * 50 + "needle", "utf-8")
    Path("texts/b.txt").write_text("a needle", "utf-8")
    call("build", "folder=c", "source=texts", "chunk=20", "overlap=5", "combine=sum", "title_weight=2")
    Path("asked.txt").write_text("needle\nheading\n", "utf-8")
    first, second = call("search", "folder=c", "file=asked.txt", "words=3").splitlines()
    assert hits(first) == ["b.txt", "a.md"]
    assert hits(second) == ["a.md"]


def test_a_build_on_two_workers_of_ray_that_was_interrupted_goes_on(
    call: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="pip install nlpref[ray]")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)  # which Ray would write into the home folder
    monkeypatch.setenv("RAY_worker_niceness", "0")
    arguments = ("source=pages.jsonl", "encoder=static", "chunk=3", "batch=8")
    call("build", "folder=here", *arguments)
    whole = Collection.add

    def stop(self: Collection, documents: Any, vectors: Any = None, **more: Any) -> None:
        if documents[0].id == "p16":
            raise KeyboardInterrupt
        whole(self, documents, vectors, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "add", stop)
        with pytest.raises(SystemExit):
            call("build", "folder=c", *arguments, "engine=ray", "workers=2")
    assert list(Path("c.embedded").glob("*.npy"))
    assert call("build", "folder=c", *arguments, "engine=ray", "workers=1") == "30 documents in c\n"
    assert sorted(path.name for path in Path().iterdir()) == ["c", "here", "pages.jsonl"]
    asked = ("query=page 4 on parcels", "by=vectors")
    assert hits(call("search", "folder=c", *asked)) == hits(call("search", "folder=here", *asked))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["biuld"], "no verb 'biuld'"),
        (["build", "folder=c"], "source must be given"),
        (["build", "folder=c", "source=absent.jsonl"], "does not exist"),
        (["build", "folder=c", "source=pages.jsonl", "chunk=3", "overlap=3"], "less than chunk"),
        (["build", "folder=c", "source=pages.jsonl", "numbers=year"], "'year' is not among facts="),
        (["build", "folder=c", "source=pages.jsonl", "encoder=minlm"], "minilm"),
        (["build", "folder=c", "source=pages.jsonl", "engine=spark"], "expected here or ray"),
        (["build", "folder=c", "source=pages.jsonl", "engine=ray"], "give one, such as encoder=minilm"),
        (["add", "folder=c", "source=pages.jsonl", "replace=yes"], "expected true or false"),
        (["search", "folder=c", "query=a"], "holds no collection"),
        (["search", "folder=c"], "query= or file="),
        (["delete", "folder=c"], "ids= or file="),
        (["verify", "folder=c"], "holds no collection"),
    ],
)
def test_what_does_not_fit_ends_in_one_line(arguments: list[str], said: str, call: Callable[..., str]) -> None:
    with pytest.raises(SystemExit, match=said):
        call(*arguments)


def test_help(call: Callable[..., str]) -> None:
    assert "nlpref index build   folder=" in call("--help")
    for verb in index.DEFAULTS:
        with pytest.raises(SystemExit) as ended:
            call(verb, "--help")
        assert ended.value.code == 0
