"""Embedding into shards: the order of the input, going on after a stop, and refusing what was changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from tests.retrieval.slow_encoder import SlowEncoder

from nlpref.errors import InputError, NlprefError, StorageError
from nlpref.retrieval import Embeddings, LocalEmbedding
from nlpref.retrieval.embedding_shards import Shards, blocks_of
from nlpref.types import Document

TRUSTED = ("nlpref", "tests")
DOCUMENTS = [Document(f"d{number:02d}", f"text {number}", title="Title" if number % 3 else "") for number in range(23)]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record.txt"


@pytest.fixture
def encoder(tmp_path: Path, record: Path) -> Path:
    SlowEncoder(str(record)).save(tmp_path / "encoder")
    return tmp_path / "encoder"


def calls(record: Path) -> int:
    return len(record.read_text("utf-8").splitlines()) if record.exists() else 0


def together(embeddings: Embeddings) -> tuple[list[str], np.ndarray]:
    parts = list(embeddings)
    return [id_ for ids, _ in parts for id_ in ids], np.concatenate([vectors for _, vectors in parts])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("block", [1, 5, 23, 1000])
def test_vectors_are_those_of_the_encoder_in_the_order_of_the_input(
    tmp_path: Path, encoder: Path, record: Path, block: int
) -> None:
    made = LocalEmbedding(block).embed(iter(DOCUMENTS), encoder, tmp_path / "made", TRUSTED)
    ids, vectors = together(made)
    assert ids == [document.id for document in DOCUMENTS]
    expected = SlowEncoder(str(record)).encode([document.content for document in DOCUMENTS])
    assert np.abs(vectors - expected).max() <= 1e-6
    assert (len(made), made.dim, vectors.dtype) == (23, 8, np.float32)
    assert Embeddings.open(tmp_path / "made") == made


def test_a_stopped_run_goes_on(tmp_path: Path, encoder: Path, record: Path) -> None:
    def stopping() -> Iterator[Document]:
        yield from DOCUMENTS[:12]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalEmbedding(5).embed(stopping(), encoder, tmp_path / "made", TRUSTED)
    assert calls(record) == 2
    with pytest.raises(StorageError, match=r"embeddings\.json does not exist"):
        Embeddings.open(tmp_path / "made")
    resumed = LocalEmbedding(5).embed(DOCUMENTS, encoder, tmp_path / "made", TRUSTED)
    assert calls(record) == 5
    whole = LocalEmbedding(5).embed(DOCUMENTS, encoder, tmp_path / "whole", TRUSTED)
    assert files(tmp_path / "made") == files(tmp_path / "whole")
    assert together(resumed)[0] == together(whole)[0]


def test_only_new_documents_are_embedded_and_old_ones_go(tmp_path: Path, encoder: Path, record: Path) -> None:
    LocalEmbedding(5).embed(DOCUMENTS[:20], encoder, tmp_path / "made", TRUSTED)
    before = calls(record)
    more = LocalEmbedding(5).embed(DOCUMENTS, encoder, tmp_path / "made", TRUSTED)
    assert calls(record) == before + 1
    assert together(more)[0] == [document.id for document in DOCUMENTS]
    less = LocalEmbedding(5).embed(DOCUMENTS[:5], encoder, tmp_path / "made", TRUSTED)
    assert together(less)[0] == [document.id for document in DOCUMENTS[:5]]
    assert len(list((tmp_path / "made").glob("*.npy"))) == 1


def test_another_encoder_shares_nothing(tmp_path: Path, encoder: Path, record: Path) -> None:
    SlowEncoder(str(record), delay_s=1e-9).save(tmp_path / "other")
    keys = [[block.key for block in blocks_of(DOCUMENTS, folder, 5)] for folder in (encoder, tmp_path / "other")]
    assert set(keys[0]) & set(keys[1]) == set()


@pytest.mark.parametrize("damage", ["vectors", "record", "no vectors", "half a record"])
def test_what_was_changed_is_refused_and_made_anew(tmp_path: Path, encoder: Path, damage: str) -> None:
    made = LocalEmbedding(5).embed(DOCUMENTS, encoder, tmp_path / "made", TRUSTED)
    expected = files(tmp_path / "made")
    path = tmp_path / "made" / f"{made.shards[0][0]}.json"
    path = path.with_name(json.loads(path.read_text("utf-8"))["vectors"]) if "vectors" in damage else path
    if damage == "no vectors":
        path.unlink()
    elif damage == "half a record":
        path.write_bytes(path.read_bytes()[:40])
    else:
        path.write_bytes(path.read_bytes().replace(b"d0", b"d7") if damage == "record" else path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(StorageError):
        together(made)
    LocalEmbedding(5).embed(DOCUMENTS, encoder, tmp_path / "made", TRUSTED)
    assert files(tmp_path / "made") == expected


def test_a_block_that_was_handed_out_comes_back_as_it_was(tmp_path: Path, encoder: Path) -> None:
    shards = Shards(tmp_path / "made")
    [block] = blocks_of([Document("a\u2028b", 'say "hé"\n', title="T")], encoder, 5)
    shards.hand_out(block)
    for _ in range(2):
        assert shards.fetch(block.key, tries=2) == block
    with pytest.raises(NlprefError, match="2 workers died at the block that begins with document"):
        shards.fetch(block.key, tries=2)
    shards.hand_out(block)
    assert shards.fetch(block.key, tries=1) == block
    assert not shards.has(block)


@pytest.mark.parametrize(
    ("documents", "named"),
    [
        ([], "got no documents"),
        ([*DOCUMENTS, DOCUMENTS[0]], "'d00' comes more than once"),
        (["some text"], "str"),
        ([Document("a", 3)], "int"),  # type: ignore[arg-type]
        ([Document("a", "b\ud83d")], "half of a surrogate pair"),
    ],
)
def test_documents_that_do_not_fit_are_named(tmp_path: Path, encoder: Path, documents: list[Document], named: str) -> None:
    with pytest.raises(InputError, match=named):
        LocalEmbedding(5).embed(documents, encoder, tmp_path / "made", TRUSTED)
    assert not (tmp_path / "made" / "embeddings.json").exists()


def test_two_runs_do_not_share_a_folder(tmp_path: Path, encoder: Path) -> None:
    (tmp_path / "made").mkdir()
    with FileLock(tmp_path / "made" / ".lock"), pytest.raises(InputError, match="another run is embedding into"):
        LocalEmbedding(5).embed(DOCUMENTS, encoder, tmp_path / "made", TRUSTED)


def test_a_folder_without_an_encoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no saved encoder"):
        LocalEmbedding(5).embed(DOCUMENTS, tmp_path / "nothing", tmp_path / "made")
