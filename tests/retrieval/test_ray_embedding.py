"""Embedding on Ray: two worker processes on this machine, one of them killed in the middle."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.retrieval.slow_encoder import SlowEncoder
from tests.retrieval.test_embedding import TRUSTED, files, together

from nlpref.errors import InputError, MissingResourceError, NlprefError
from nlpref.retrieval import LocalEmbedding, RayEmbedding
from nlpref.types import Document

ray = pytest.importorskip("ray", reason="pip install nlpref[ray]")

DOCUMENTS = [Document(f"d{number:03d}", f"text {number}") for number in range(60)]


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray takes this for its password instead of writing one into the home folder, and its workers step back for nobody."""
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    monkeypatch.setenv("RAY_worker_niceness", "0")


def workers_of(record: Path) -> list[int]:
    """Processes that embedded, one for each call."""
    return [int(line.split()[0]) for line in record.read_text("utf-8").splitlines()] if record.exists() else []


def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    record, made, killed = tmp_path / "record.txt", tmp_path / "made", list[int]()
    SlowEncoder(str(record), delay_s=0.25).save(tmp_path / "encoder")
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            shards = len(list(made.glob("*.npy")))
            if shards >= 8 or (shards >= 3 and len(set(workers_of(record))) == 2):  # the second may be late
                killed.append(workers_of(record)[-1])
                os.kill(killed[0], signal.SIGKILL)
                return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        embeddings = RayEmbedding(block=4, workers=2).embed(DOCUMENTS, tmp_path / "encoder", made, TRUSTED)
    finally:
        over.set()
        killer.join()
    assert not ray.is_initialized()
    assert len(killed) == 1
    embedders = set(workers_of(record))
    assert os.getpid() not in embedders
    assert len(embedders - {killed[0]}) >= 1, "others have gone on"
    assert len(workers_of(record)) in (15, 16), "each block once, and that of the killed worker once more"
    ids, vectors = together(embeddings)
    assert ids == [document.id for document in DOCUMENTS]
    local = LocalEmbedding(4).embed(DOCUMENTS, tmp_path / "encoder", tmp_path / "local", TRUSTED)
    assert np.abs(vectors - together(local)[1]).max() <= 1e-6
    assert embeddings.shards == local.shards
    assert files(made) == files(tmp_path / "local")


def test_a_run_that_failed_goes_on_on_a_cluster_at_an_address(tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster

    record, made, encoder = tmp_path / "record.txt", tmp_path / "made", tmp_path / "encoder"
    SlowEncoder(str(record)).save(encoder)
    spoilt = [*DOCUMENTS[:10], Document("bad", "poison"), *DOCUMENTS[10:12]]
    deadly = [*DOCUMENTS[:8], Document("bad", "deadly")]
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    try:
        address = f"127.0.0.1:{cluster.address.rpartition(':')[2]}"
        engine = RayEmbedding(block=4, workers=2, address=address, tries=2)
        with pytest.raises(NlprefError, match="made are kept: ValueError: this text cannot be embedded"):
            engine.embed(spoilt, encoder, made, TRUSTED)
        with pytest.raises(NlprefError, match="2 workers died at the block that begins with document 'bad'"):
            engine.embed(deadly, encoder, made, TRUSTED)
        assert not (made / "embeddings.json").exists()
        before = len(workers_of(record))
        embeddings = engine.embed(DOCUMENTS[:12], encoder, made, TRUSTED)
        assert len(workers_of(record)) <= before + 1, "the first two blocks were made by the run that failed"
        assert not ray.is_initialized()
        ray.init(address, log_to_driver=False)
        with pytest.raises(InputError, match="Ray is connected already"):
            engine.embed(DOCUMENTS, encoder, tmp_path / "other", TRUSTED)
        more = RayEmbedding(block=4).embed(DOCUMENTS[:20], encoder, made, TRUSTED)
        assert ray.is_initialized(), "what others started is left to them"
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert together(more)[0] == [document.id for document in DOCUMENTS[:20]]
    assert more.shards[:3] == embeddings.shards
    names = {f"{key}.json" for key, _ in more.shards} | {path.name for path in made.glob("*.npy")}
    assert files(made).keys() == {".lock", "embeddings.json"} | names
    before = len(workers_of(record))
    assert RayEmbedding(block=4).embed(DOCUMENTS[:20], encoder, made, TRUSTED) == more
    assert len(workers_of(record)) == before, "nothing is left to embed, so Ray is not started"


@pytest.mark.parametrize(
    ("address", "kind", "named"),
    [
        ("head", InputError, "expected host:port of the head"),
        ("ray://head:10001", InputError, "expected host:port of the head"),
        ("127.0.0.1:1", MissingResourceError, "nobody answers at 127.0.0.1:1"),
    ],
)
def test_an_address_without_a_cluster_is_named(tmp_path: Path, address: str, kind: type[Exception], named: str) -> None:
    SlowEncoder(str(tmp_path / "record.txt")).save(tmp_path / "encoder")
    with pytest.raises(kind, match=named):
        RayEmbedding(address=address).embed(DOCUMENTS, tmp_path / "encoder", tmp_path / "made", TRUSTED)


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SlowEncoder(str(tmp_path / "record.txt")).save(tmp_path / "encoder")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingResourceError, match=r"pip install nlpref\[ray\]"):
        RayEmbedding().embed(DOCUMENTS, tmp_path / "encoder", tmp_path / "made", TRUSTED)
    with pytest.raises(InputError, match="workers is 0"):
        RayEmbedding(workers=0).embed(DOCUMENTS, tmp_path / "encoder", tmp_path / "made", TRUSTED)
