"""Whatever was added, changed, deleted, saved and opened again: the scores are those of a collection built anew."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpref.collection import Collection, CollectionSettings
from nlpref.collection import collection as room
from nlpref.collection import words as matching
from nlpref.retrieval import Bm25Retriever, ExactIndex
from nlpref.types import Document, Hit

WORDS = ["parcel", "parcels", "refund", "refunded", "card", "cards", "delivery", "late", "the", "of", "is", "café", "parcel"]
QUERIES = ["parcels and cards", "refund refund late", "Café?", "the of", "nothing known", "", "late delivery of the parcel"]
IDS = [f"d{number:02d}" for number in range(12)]
NO_TEXT = st.just("")
TEXTS = NO_TEXT | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
DOCUMENTS = st.builds(Document, st.sampled_from(IDS), TEXTS, TEXTS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(DOCUMENTS, min_size=1, max_size=4, unique_by=lambda one: one.id)),
        st.tuples(st.just("delete"), st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True)),
        st.tuples(st.sampled_from(["save", "compact", "reopen", "ask"]), st.none()),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk has is no matter here."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture(params=["numpy", "compiled"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of adding up."""
    monkeypatch.setattr(matching, "WARM", -1 if request.param == "compiled" else 10**12)


def rebuilt(kept: dict[str, Document], k: int = 5, **chosen: Any) -> list[list[Hit]]:
    if not kept:
        return [[] for _ in QUERIES]
    return Bm25Retriever(**chosen).fit(list(kept.values())).search(QUERIES, k)


def played(
    steps: list[tuple[str, Any]], folder: Path, chosen: CollectionSettings
) -> Iterator[tuple[Collection, dict[str, Document]]]:
    """The collection and the live documents, whenever they are to be compared."""
    kept: dict[str, Document] = {}
    made = Collection.create(folder, chosen)
    for action, given_ in steps:
        if action == "put":
            made.update(given_, insert=True)
            for document in given_:
                kept.pop(document.id, None)
                kept[document.id] = document
        elif action == "delete":
            gone = [id_ for id_ in given_ if id_ in kept]
            made.delete(gone)
            kept = {id_: document for id_, document in kept.items() if id_ not in gone}
        elif action == "reopen":
            made.close()
            made = Collection.open(folder, write=True)
        elif action != "ask":
            getattr(made, action)()
        if action in ("ask", "reopen"):
            yield made, kept
    yield made, kept
    made.close()
    with Collection.open(folder) as read:
        yield read, kept


@pytest.mark.usefixtures("loop")
@given(STEPS, st.sampled_from(["lucene", "robertson", "atire", "bm25l", "bm25+"]))
@settings(max_examples=25)
def test_scores_are_those_of_a_rebuild(steps: list[tuple[str, Any]], method: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for made, kept in played(steps, Path(folder) / "c", CollectionSettings(method=method)):
            assert len(made) == len(kept)
            assert {one.id: (one.text, one.title) for one in made.documents()} == {
                id_: (one.text, one.title) for id_, one in kept.items()
            }
            assert made.search(QUERIES, 5) == rebuilt(kept, method=method)  # to the last bit
            assert made.search(QUERIES, 1) == rebuilt(kept, 1, method=method)


@given(STEPS, st.sampled_from(["best", "sum"]), st.integers(0, 2))
@settings(max_examples=15)
def test_pieces_are_documents_of_a_rebuild(steps: list[tuple[str, Any]], combine: Any, weight: int) -> None:
    """The oracle searches pieces as documents of their own, whose title is repeated."""
    chosen = CollectionSettings(chunk=4, overlap=1, combine=combine, title_weight=weight)
    with tempfile.TemporaryDirectory() as folder:
        for made, kept in played(steps, Path(folder) / "c", chosen):
            pieces = [
                Document(f"{one.id}/{number:02d}", text, " ".join([one.title] * weight))
                for one in kept.values()
                for number, text in enumerate(four_words(one.text))
            ]
            found = Bm25Retriever().fit(pieces).search(QUERIES, 1000) if pieces else [[] for _ in QUERIES]
            for hits, own in zip(found, made.search(QUERIES, 100), strict=True):
                scores: dict[str, list[float]] = {}
                for hit in hits:
                    scores.setdefault(hit.id.split("/")[0], []).append(hit.score)
                wanted = {id_: sum(each) if combine == "sum" else max(each) for id_, each in scores.items()}
                assert {hit.id: hit.score for hit in own} == pytest.approx(wanted, abs=1e-5)
                assert own == sorted(own, key=lambda hit: (-hit.score, hit.id))


def four_words(text: str) -> list[str]:
    """Pieces of four words, each beginning with the last word of the one before."""
    words = text.split()
    return [" ".join(words[at : at + 4]) for at in range(0, len(words) - 1, 3)] if len(words) > 4 else [text]


@given(st.lists(st.tuples(st.sampled_from(["put", "delete", "save", "compact", "reopen"]), st.integers(0, 99)), max_size=10))
@settings(max_examples=20)
def test_vectors_come_and_go_with_their_documents(steps: list[tuple[str, int]]) -> None:
    queries = drawn(4, 1)
    with tempfile.TemporaryDirectory() as folder:
        made = Collection.create(Path(folder) / "c", dim=5)
        kept: dict[str, np.ndarray] = {}
        for action, seed in steps:
            chance = np.random.default_rng(seed)
            if action == "put":
                ids = chance.permutation(IDS)[:3].tolist()
                rows = drawn(3, seed)
                made.update([Document(id_, "parcel") for id_ in ids], rows, insert=True)
                kept |= dict(zip(ids, rows, strict=True))
            elif action == "delete" and kept:
                made.delete([sorted(kept)[seed % len(kept)]])
                kept.pop(sorted(kept)[seed % len(kept)])
            elif action == "reopen":
                made.close()
                made = Collection.open(Path(folder) / "c", write=True)
            elif action != "delete":
                getattr(made, action)()
            oracle = ExactIndex()
            if kept:
                oracle.add(list(kept), np.stack(list(kept.values())))
            for k in (1, 4, 50):
                assert made.search(["a"] * 4, k, by="vectors", vectors=queries) == oracle.search(queries, k)
        made.close()


def drawn(count: int, seed: int) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(size=(count, 5)), 1).astype(np.float32)


@pytest.mark.usefixtures("loop")
def test_many_changes_of_a_larger_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merging in memory and on disk, terms that no live document holds any more, and more equal scores than are asked for."""
    monkeypatch.setattr(room, "LARGE", 60)
    chance = np.random.default_rng(0)
    vocabulary = [f"word{number}" for number in range(300)]
    kept: dict[str, Document] = {}
    made = Collection.create(tmp_path / "c")
    for turn in range(25):
        fresh = [
            Document(f"n{number:03d}", " ".join(chance.choice(vocabulary, size=chance.integers(0, 9)).tolist()))
            for number in chance.permutation(400)[: chance.integers(1, 90)].tolist()
        ]
        made.update(fresh, insert=True)
        kept |= {one.id: one for one in fresh}
        gone = chance.permutation(sorted(kept))[: chance.integers(0, 30)].tolist()
        made.delete(gone)
        kept = {id_: one for id_, one in kept.items() if id_ not in gone}
        if turn % 6 == 5:
            queries = [" ".join(chance.choice(vocabulary, size=4).tolist()) for _ in range(10)] + ["word1"]
            expected = Bm25Retriever().fit(list(kept.values())).search(queries, 7)
            assert made.search(queries, 7) == expected
    made.close()
    with Collection.open(tmp_path / "c") as read:
        assert read.search(queries, 7) == Bm25Retriever().fit(list(kept.values())).search(queries, 7)
    assert 1 <= len(list((tmp_path / "c").glob("segment-*"))) < 9
