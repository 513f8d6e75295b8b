"""Milvus against the exact index: embedded, and over the wire to a server, as a cluster is reached."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nlpref import storage
from nlpref.errors import InputError, MissingResourceError, StorageError
from nlpref.retrieval import ExactIndex, MilvusIndex
from nlpref.types import Hit

pytest.importorskip("pymilvus", reason="pip install nlpref[milvus]")
pytest.importorskip("milvus_lite", reason="pip install nlpref[milvus]")

Floats = NDArray[np.float32]
STRANGE = ["", "it's", 'say "hé"', "back\\slash", "a\nb", "x'] or key != '", "{ids}", "%s", "日本", "a" * 3000]


def drawn(count: int, seed: int, dim: int = 8) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(count, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def names(count: int) -> list[str]:
    return [f"v{number:04d}" for number in range(count)]


def filled(index: Any, vectors: Floats) -> Any:
    index.add(names(len(vectors)), vectors)
    return index


@pytest.mark.parametrize("k", [1, 10, 600])
def test_flat_is_exact(k: int) -> None:
    vectors, queries = drawn(500, 2), drawn(30, 3)
    assert filled(MilvusIndex(), vectors).search(queries, k) == filled(ExactIndex(), vectors).search(queries, k)


def test_ties_wider_than_any_margin_go_by_id() -> None:
    vectors = np.concatenate([np.repeat(drawn(1, 7), 300, axis=0), drawn(100, 8)])
    ids = [f"t{number:04d}" for number in np.random.default_rng(0).permutation(400)]
    milvus, exact = MilvusIndex(), ExactIndex()
    for index in (milvus, exact):
        index.add(ids, vectors)
    assert milvus.search(vectors[:1], 5) == exact.search(vectors[:1], 5)


def test_flat_stays_exact_while_vectors_come_and_go(tmp_path: Path) -> None:
    """A random walk over one engine, which is stopped, saved and read back on the way."""
    random, milvus, exact, made = np.random.default_rng(5), MilvusIndex(), ExactIndex(), 0
    for step in range(30):
        count, held = int(random.integers(1, 9)), list(exact._ids)
        if random.random() < 0.6 or not held:
            ids, vectors = [f"n{made + number}" for number in range(count)], drawn(count, step, dim=3)
            made += count
            milvus.add(ids, vectors)
            exact.add(ids, vectors)
        else:
            gone = random.permutation(held)[:count].tolist()
            milvus.remove(gone)
            exact.remove(gone)
        if step % 10 == 9:
            milvus.save(tmp_path / f"at{step}")
            milvus = storage.load_component(tmp_path / f"at{step}")
        assert len(milvus) == len(exact)
        assert milvus.search(drawn(3, step, dim=3), 4) == exact.search(drawn(3, step, dim=3), 4)


def test_any_string_is_an_id() -> None:
    index, vectors = MilvusIndex(), drawn(len(STRANGE), 1)
    index.add(STRANGE, vectors)
    assert [hits[0].id for hits in index.search(vectors, 1)] == STRANGE
    with pytest.raises(InputError, match="in the index already"):
        index.add(STRANGE[5:6], vectors[:1])
    index.remove(STRANGE[5:6])
    assert len(index) == len(STRANGE) - 1
    for id_, named in (("b\ud83d", "half of a surrogate pair"), ("é" * 40_000, "longer than 65535 bytes")):
        with pytest.raises(InputError, match=named):
            index.add([id_], vectors[:1])


def test_removed_ids_may_come_back_and_a_refused_removal_removes_nothing() -> None:
    index = filled(MilvusIndex(), drawn(10, 15))
    with pytest.raises(InputError, match="not in the index: 'x'"):
        index.remove(["v0001", "x"])
    assert len(index) == 10
    index.remove(["v0003", "v0000"])
    index.add(["v0003"], -drawn(10, 15)[3:4])
    [[last]] = [hits[-1:] for hits in index.search(drawn(10, 15)[3:4], 20)]
    assert last == Hit("v0003", pytest.approx(-1.0, abs=1e-6))


def test_what_is_saved_does_not_change_with_the_index(tmp_path: Path) -> None:
    vectors = drawn(20, 3)
    index = filled(MilvusIndex(), vectors)
    index.save(tmp_path / "saved")
    loaded = MilvusIndex.load(tmp_path / "saved")
    for one in (index, loaded):
        one.remove(["v0000"])
        one.add(["new"], vectors[:1])
        assert one.search(vectors[:1], 1)[0][0].id == "new"
    storage.verify(tmp_path / "saved")
    assert MilvusIndex.load(tmp_path / "saved").search(vectors[:1], 1)[0][0].id == "v0000"
    empty = MilvusIndex()
    empty.save(tmp_path / "empty")
    assert MilvusIndex.load(tmp_path / "empty").search(vectors, 3) == [[]] * 20


def test_a_graph_finds_nearly_all(tmp_path: Path) -> None:
    vectors, queries = drawn(2000, 9), drawn(50, 10)
    index = filled(MilvusIndex(kind="hnsw", effort=64), vectors)
    index.save(tmp_path / "saved")  # it is then that the graph is made
    truth = filled(ExactIndex(), vectors).search(queries, 10)
    found = MilvusIndex.load(tmp_path / "saved").search(queries, 10)
    shares = [len({hit.id for hit in one} & {hit.id for hit in other}) / 10 for one, other in zip(found, truth, strict=True)]
    assert np.mean(shares) >= 0.95


def test_what_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="'pq', expected one of flat, hnsw"):
        filled(MilvusIndex(kind="pq"), drawn(3, 1))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at most 16384 hits"):
        MilvusIndex().search(drawn(1, 1), 20_000)
    for uri in ("vectors.db", "localhost:19530", "", 5):
        with pytest.raises(InputError, match="expected http://host:port"):
            len(MilvusIndex(uri))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="token_variable") as refusal:
        len(MilvusIndex("http://root:secret@localhost:19530"))
    assert "secret" not in str(refusal.value)
    for package in ("pymilvus", "milvus_lite"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with pytest.raises(MissingResourceError, match=r"pip install nlpref\[milvus\]"):
                filled(MilvusIndex(), drawn(3, 1))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a Milvus server; here Milvus Lite behind its network interface."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    running, engine, port = start_server_in_thread(str(tmp_path / "server"))
    yield f"http://127.0.0.1:{port}"
    running.stop(grace=None).wait()
    engine.close()


def test_a_cluster_keeps_the_vectors_and_the_folder_says_where(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTER_TOKEN", "very-secret")
    vectors, queries = drawn(120, 4), drawn(9, 5)
    index = filled(MilvusIndex(server, "papers", "CLUSTER_TOKEN"), vectors)
    assert index.search(queries, 7) == filled(ExactIndex(), vectors).search(queries, 7)
    index.save(tmp_path / "saved")
    files = {path.name: path.read_text("utf-8") for path in (tmp_path / "saved").iterdir()}
    assert files.keys() == {"component.json", "milvus.json", "manifest.json"}
    assert not [name for name, text in files.items() if "very-secret" in text]
    assert "This folder holds no vectors and no token." in files["milvus.json"]
    assert "very-secret" not in repr(index)
    loaded = storage.load_component(tmp_path / "saved")
    assert loaded.search(queries, 7) == index.search(queries, 7)
    loaded.remove(["v0000"])
    assert (len(index), len(MilvusIndex(server, "papers")), len(MilvusIndex(server, "others"))) == (119, 119, 0)
    with pytest.raises(InputError, match="in the index already"):
        index.add(["v0001"], vectors[:1])
    with pytest.raises(InputError, match=r"\(1, 5\)"):
        MilvusIndex(server, "papers").add(["new"], vectors[:1, :5])


def test_a_collection_that_is_gone_or_of_another_kind_is_refused(tmp_path: Path, server: str) -> None:
    index = filled(MilvusIndex(server, "papers"), drawn(5, 4))
    index.save(tmp_path / "saved")
    from pymilvus import MilvusClient

    client = MilvusClient(server)
    client.drop_collection("papers")
    with pytest.raises(StorageError, match="is not there now"):
        MilvusIndex.load(tmp_path / "saved").search(drawn(1, 1), 3)
    filled(MilvusIndex(server, "papers"), drawn(5, 4, dim=6))
    with pytest.raises(StorageError, match="holds vectors of 6 components now"):
        len(MilvusIndex.load(tmp_path / "saved"))
    client.create_collection("foreign", dimension=8)
    with pytest.raises(InputError, match="is not one of MilvusIndex: its fields are"):
        len(MilvusIndex(server, "foreign"))
    with pytest.raises(MissingResourceError, match="did not do what was asked"):
        filled(MilvusIndex(server, "no/name"), drawn(5, 4))
    client.close()


def test_nobody_at_the_address(unused_tcp_port: int) -> None:
    with pytest.raises(MissingResourceError, match=r"Milvus at http://127\.0\.0\.1:\d+ does not answer"):
        len(MilvusIndex(f"http://127.0.0.1:{unused_tcp_port}", timeout_s=1.0))


@pytest.fixture
def unused_tcp_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
