"""What a collection says to what does not fit, its filters, snippets, vectors, and its readers beside a writer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts.honest import ToyEncoder

from nlpref.collection import Between, Collection, CollectionSettings, Equals, OneOf
from nlpref.collection.filters import read_filters
from nlpref.errors import InputError, StorageError
from nlpref.types import Document

PAGES = [
    Document("a", "the parcel has arrived", "Parcels", {"lang": "en", "year": 2020, "day": "2020-01-31"}),
    Document("b", "a parcel is lost", "Lost", {"lang": "de", "year": 2022}),
    Document("c", "refund of a lost card", "", {"lang": "fr", "year": 2024.5, "day": "2024-06-01"}),
    Document("d", "nothing is known of this parcel"),
]
VECTORS = np.eye(4, 3, dtype=np.float32) + np.float32(0.1)


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Collection]:
    with Collection.create(tmp_path / "pages") as collection:
        collection.add(PAGES)
        yield collection


def ids(found: list[list[Any]]) -> list[list[str]]:
    return [[hit.id for hit in hits] for hits in found]


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ([Equals("lang", "en")], "a"),
        ([OneOf("lang", ["en", "de", "xx"])], "ab"),
        ([OneOf("lang", [])], ""),
        ([Equals("year", 2020)], "a"),
        ([Equals("year", "2020")], ""),
        ([Between("year", 2021)], "bc"),
        ([Between("year", 2022, 2024)], "b"),
        ([Between("year", high=2022)], "ab"),
        ([Between("day", "2020", "2020-12-31")], "a"),
        ([Between("day", "2021")], "c"),
        ([Between("lang", 5)], ""),
        ([Between("lang", high="en"), Between("year", 2021)], "b"),
    ],
)
def test_filters_choose_before_anything_is_ranked(made: Collection, filters: list[Any], wanted: str, saved: bool) -> None:
    if saved:
        made.save()
    query = ["parcel lost refund"]
    unfiltered = {hit.id: hit.score for hit in made.search(query, 10)[0]}
    [hits] = made.search(query, 10, filters=filters)
    assert "".join(sorted(hit.id for hit in hits)) == wanted
    assert all(hit.score == unfiltered[hit.id] for hit in hits)
    assert made.search(query, 1, filters=filters) == [hits[:1]], "the best are chosen among what the filter leaves"


def test_a_filter_on_an_absent_fact_is_refused_unless_nothing_is_there(made: Collection) -> None:
    with pytest.raises(InputError, match="no document has the fact 'colour'; their facts are 'day', 'lang', 'year'"):
        made.search(["parcel"], filters=[Equals("colour", "red")])
    made.delete(["a", "c"])
    with pytest.raises(InputError, match="no document has the fact 'day'"):
        made.search(["parcel"], filters=[Between("day", "2020")])
    made.delete(["b", "d"])
    assert made.search(["parcel", ""], filters=[Equals("colour", "red")]) == [[], []]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Equals("year", None),
        lambda: Equals("year", True),
        lambda: Equals("year", float("nan")),
        lambda: OneOf("year", "2020"),
        lambda: OneOf("year", 2020),
        lambda: Between("year"),
        lambda: Between("year", 1, "2"),
        lambda: read_filters("year", []),
        lambda: read_filters("year>=soon", ["year"]),
    ],
)
def test_filters_that_are_none(make: Any) -> None:
    with pytest.raises(InputError, match="year"):
        make()


def test_facts_survive_merging(made: Collection) -> None:
    made.save()
    made.add([Document("e", "parcel", facts={"lang": "aa", "size": 3}), Document("f", "parcel", facts={"year": "unknown"})])
    made.delete(["a"])
    made.compact()
    assert ids(made.search(["parcel"], filters=[OneOf("lang", ["aa", "de"])])) == [["e", "b"]]
    assert ids(made.search(["parcel"], filters=[Equals("year", "unknown")])) == [["f"]]
    assert ids(made.search(["parcel"], filters=[Between("year", 2000)])) == [["b"]]
    assert made.fields == {"lang": {str}, "year": {str, float}, "day": {str}, "size": {float}}
    assert made.get(["c", "e"])[1].facts == {"lang": "aa", "size": 3}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda one: one.add([PAGES[0]]), "already: 'a'"),
        (lambda one: one.add([Document("x", "1"), Document("x", "2")]), "more than once: 'x'"),
        (lambda one: one.add("text"), "one string"),
        (lambda one: one.add(["text"]), "expected Document"),
        (lambda one: one.add([Document("", "text")]), "empty id"),
        (lambda one: one.add([Document(7, "text")]), "int"),
        (lambda one: one.add([Document("x", None)]), "text of document 'x' is a NoneType"),
        (lambda one: one.add([Document("x", "b\ud83d")]), "half of a surrogate pair"),
        (lambda one: one.add([Document("x", "text", facts={"lang": None})]), "fact 'lang' of document 'x' is None"),
        (lambda one: one.add([Document("x", "text", facts={"new": True})]), "is True"),
        (lambda one: one.add([Document("x", "text", facts={"size": float("inf")})]), "finite"),
        (lambda one: one.add([Document("x", "text", facts={"size": 2**60})]), "2\\*\\*53"),
        (lambda one: one.add([Document("x", "text", facts=["lang"])]), "list"),
        (lambda one: one.add([Document("x", "text")], np.ones((1, 3), dtype=np.float32)), "has no vectors"),
        (lambda one: one.update([Document("x", "text")]), "not in the index: 'x'"),
        (lambda one: one.delete(["a", "x"]), "not in the index: 'x'"),
        (lambda one: one.delete("a"), "one string"),
        (lambda one: one.delete(["a", "a"]), "more than once"),
        (lambda one: one.search("parcel"), "one string"),
        (lambda one: one.search(["parcel"], 0), "k is 0"),
        (lambda one: one.search(["parcel"], by="meaning"), "'meaning'"),
        (lambda one: one.search(["parcel"], by="vectors"), "has no vectors"),
        (lambda one: one.get(["x"]), "'x'"),
        (lambda one: one.snippet("x", "parcel"), "'x'"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_lost(made: Collection, call: Any, said: str) -> None:
    before, generation = made.search(["parcel lost refund"]), made.generation
    with pytest.raises(InputError, match=said):
        call(made)
    assert made.search(["parcel lost refund"]) == before
    assert made.generation == generation
    made.close()
    with Collection.open(made.folder) as read:
        assert read.search(["parcel lost refund"]) == before


def test_vectors_that_do_not_fit(tmp_path: Path) -> None:
    with Collection.create(tmp_path / "c", dim=3) as made:
        made.add(PAGES, VECTORS)
        for vectors, said in [
            (VECTORS[:1, :2], r"\(1, 2\), expected \(n, 3\)"),
            (VECTORS[:1] * np.float32("nan"), "NaN"),
            (VECTORS, "4 vectors for 1 documents"),
            ([[1.0, 2.0, 3.0]], "list"),
            (None, "has no encoder; give vectors"),
        ]:
            with pytest.raises(InputError, match=said):
                made.add([Document("x", "text")], vectors)
            with pytest.raises(InputError, match=said.replace("documents", "queries")):
                made.search(["text"], by="vectors", vectors=vectors)
        assert len(made) == 4
        assert ids(made.search(["refund"], 1, by="vectors", vectors=VECTORS[1:2])) == [["b"]]
        both = made.search(["refund"], 2, by="both", vectors=VECTORS[1:2], weight=0.9)
        assert ids(both) == [["c", "b"]]
        assert ids(made.search(["x"], 9, by="vectors", vectors=VECTORS[:1], filters=[Equals("lang", "fr")])) == [["c"]]


def test_an_encoder_is_kept_and_no_other_taken(tmp_path: Path) -> None:
    encoder = ToyEncoder(seed=1)
    with Collection.create(tmp_path / "c", encoder=encoder) as made:
        made.add(PAGES)
        expected = made.search(["parcel", "lost card"], by="vectors")
        with pytest.raises(InputError, match="own encoder"):
            made.add([Document("x", "text")], np.ones((1, encoder.dim), dtype=np.float32))
    with pytest.raises(InputError, match="another encoder than this ToyEncoder"):
        Collection.open(tmp_path / "c", encoder=ToyEncoder(seed=2))
    with Collection.open(tmp_path / "c", encoder=ToyEncoder(seed=1)) as read:
        assert read.search(["parcel", "lost card"], by="vectors") == expected
    (tmp_path / "c" / "encoder" / "manifest.json").write_text("{}")
    with (
        Collection.open(tmp_path / "c") as read,
        pytest.raises(StorageError, match="not the encoder that the vectors were made by"),
    ):
        read.search(["parcel"], by="vectors")
    with pytest.raises(InputError, match="an encoder and dim"):
        Collection.create(tmp_path / "d", encoder=encoder, dim=3)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    Collection.create(tmp_path / "c", CollectionSettings(stemmer=None)).close()
    with pytest.raises(InputError, match="stemmer: None, not 'english'"):
        Collection.open(tmp_path / "c", settings=CollectionSettings())
    with (
        Collection.open(tmp_path / "c", settings=CollectionSettings(stemmer=None)) as read,
        pytest.raises(InputError, match="without an encoder"),
    ):
        Collection.open(read.folder, encoder=ToyEncoder(seed=1))


@pytest.mark.parametrize(
    "bad",
    [{"method": "bm42"}, {"k1": -1.0}, {"title_weight": -1}, {"chunk": 0}, {"overlap": 0.5}, {"combine": "mean"}],
)
def test_settings_that_are_none(bad: Any) -> None:
    with pytest.raises(InputError, match=next(iter(bad))):
        CollectionSettings(**bad)
    with pytest.raises(InputError, match="less than chunk"):
        CollectionSettings(chunk=3, overlap=3)


def test_nothing_to_find(tmp_path: Path) -> None:
    with Collection.create(tmp_path / "c") as made:
        assert made.search(["parcel", ""]) == [[], []]
        assert made.search([]) == []
        assert len(made) == 0
        made.add([])
        made.compact()
        made.add([Document("a", ""), Document("b", "?!"), Document("c", "the of")])
        assert made.search(["the of", "parcel", ""]) == [[], [], []]
        made.compact()
        made.add([Document("d", "parcel")])
        assert ids(made.search(["the parcel"])) == [["d"]]
    with Collection.open(tmp_path / "c") as read:
        assert ids(read.search(["the parcel", "the"])) == [["d"], []]


def test_a_document_of_ten_megabytes(tmp_path: Path) -> None:
    long = "parcel " * 1_400_000 + "needle in the haystack"
    with Collection.create(tmp_path / "c") as made:
        made.add([Document("long", long), Document("short", "a needle")])
        assert ids(made.search(["needle", "parcel"])) == [["short", "long"], ["long"]]
        assert "**needle** in the haystack" in made.snippet("long", "needle", 5).marked()
    with Collection.open(tmp_path / "c") as read:
        assert read.get(["long"])[0].text == long
        assert int(read._view.parts[0].segment.postings("parcel")[1].max()) == 1_400_000  # type: ignore[index]


def test_snippets(tmp_path: Path) -> None:
    text = "Nothing here. " * 20 + "The courier loses a Parcel; parcels are refunded. " + "Nothing there. " * 20
    with Collection.create(tmp_path / "c") as made:
        made.add([Document("a", text), Document("b", "", "Only a title"), Document("c", "!!!")])
        found = made.snippet("a", "refund parcel", words=8)
        assert found.marked("[", "]").startswith("[Parcel]; [parcels] are [refunded]")
        assert text[found.start :].startswith(found.text)
        assert len(found.text.split()) <= 9
        assert made.snippet("a", "unheard-of").highlights == ()
        assert made.snippet("b", "titles").marked() == "Only a **title**"
        assert made.snippet("c", "x").text == "!!!"


def test_one_writes_and_others_read(made: Collection) -> None:
    with pytest.raises(StorageError, match="being written to by another process"):
        Collection.open(made.folder, write=True)
    with Collection.open(made.folder) as read:
        assert len(read) == 4
        assert not read.refresh()
        for change in (
            lambda: made.delete(["a"]),
            lambda: made.add([Document("e", "one more parcel")]),
            made.save,
            lambda: made.update([Document("b", "two parcels, parcel")]),
            made.compact,
            lambda: made.delete(["d"]),
        ):
            before = read.search(["parcel"])
            change()
            assert read.search(["parcel"]) == before, "a reader sees what it has opened until it looks again"
            assert read.refresh()
            assert read.search(["parcel"]) == made.search(["parcel"])
            assert read.generation == made.generation
        with pytest.raises(StorageError, match="open to read"):
            read.add([Document("x", "text")])
    made.close()
    with pytest.raises(StorageError, match="is closed"):
        made.add([Document("x", "text")])
    Collection.open(made.folder, write=True).close()


def test_a_write_that_fails_leaves_what_was_there(made: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    made.save()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            made.add([Document("x", "text")])
    with pytest.raises(StorageError, match="is closed"):
        made.add([Document("x", "text")])
    with Collection.open(made.folder, write=True) as again:
        assert len(again) == 4
        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full)
            with pytest.raises(OSError, match="No space"):
                again.compact()
    with Collection.open(made.folder, write=True) as last:
        last.delete(["a"])
        last.compact()
        assert len(last) == 3


def test_only_a_new_folder_is_taken(tmp_path: Path, made: Collection) -> None:
    with pytest.raises(StorageError, match="holds a collection already"):
        Collection.create(made.folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with pytest.raises(StorageError, match=r"'mine.txt' is in it"):
        Collection.create(tmp_path / "full")
    for folder in (tmp_path / "full", tmp_path / "absent"):
        with pytest.raises(StorageError, match="holds no collection"):
            Collection.open(folder)


def test_what_is_on_disk_can_be_read_by_eye(made: Collection) -> None:
    made.save()
    manifest = json.loads((made.folder / "manifest").read_text("utf-8").rsplit("\n", 2)[0])
    assert manifest["generation"] == 2
    assert [one["name"] for one in manifest["segments"]] == ["segment-000001"]
