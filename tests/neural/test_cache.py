"""Embeddings kept on disk: what is computed anew, and what happens when the file is unusable."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from nlpref import storage
from nlpref.neural.cache import CachedEncoder, cache_root

SHARER = """
import sys
from pathlib import Path
from nlpref.neural.cache import CachedEncoder
sys.path.insert(0, sys.argv[1])
import test_cache
first, folder = int(sys.argv[3]), sys.argv[2]
encoder = CachedEncoder(test_cache.CountingEncoder(), folder)
for start in range(first, first + 60):
    encoder.encode([str(number) for number in range(start, start + 20)])
"""


class CountingEncoder:
    """Encodes a text by its letters' codes, and remembers what it was asked for."""

    def __init__(self, salt: int = 0) -> None:
        self.salt = salt
        self.asked: list[tuple[str, str]] = []

    @property
    def dim(self) -> int:
        return 4

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        self.asked += [(text, role) for text in texts]
        offset = self.salt + (role == "query")
        rows = [[offset + 1, sum(map(ord, text)) % 251, len(text), 1] for text in texts]
        found = np.array(rows, dtype=np.float32).reshape(-1, 4)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


@pytest.fixture
def counting() -> CountingEncoder:
    return CountingEncoder()


def test_each_text_is_encoded_once(counting: CountingEncoder, tmp_path: Path) -> None:
    encoder = CachedEncoder(counting, tmp_path)
    texts = ["b", "a", "b", "", "café ☕"]
    first = encoder.encode(texts)
    assert counting.asked == [(text, "document") for text in ["b", "a", "", "café ☕"]]
    assert np.array_equal(first, CountingEncoder().encode(texts))
    again = CachedEncoder(counting, tmp_path).encode(["a", "c", "b"])
    assert counting.asked[4:] == [("c", "document")]
    assert np.array_equal(again, CountingEncoder().encode(["a", "c", "b"]))
    assert again.dtype == np.float32


def test_roles_and_weights_do_not_meet(counting: CountingEncoder, tmp_path: Path) -> None:
    CachedEncoder(counting, tmp_path).encode(["a"])
    query = CachedEncoder(counting, tmp_path).encode(["a"], role="query")
    assert counting.asked == [("a", "document"), ("a", "query")]
    other = CountingEncoder(salt=7)
    assert not np.array_equal(CachedEncoder(other, tmp_path).encode(["a"], role="query"), query)
    assert other.asked == [("a", "query")]


def test_no_text_gives_no_row_and_touches_nothing(counting: CountingEncoder, tmp_path: Path) -> None:
    encoder = CachedEncoder(counting, tmp_path / "absent")
    assert encoder.encode([]).shape == (0, 4)
    assert not (tmp_path / "absent").exists()


def test_more_texts_than_one_query_or_block_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpref.neural.cache.BLOCK", 400)
    texts = [str(number) for number in range(1100)]
    counting = CountingEncoder()
    CachedEncoder(counting, tmp_path).encode(texts)
    assert np.array_equal(CachedEncoder(counting, tmp_path).encode(texts[::-1]), CountingEncoder().encode(texts[::-1]))
    assert len(counting.asked) == 1100


def test_an_interrupted_run_keeps_the_blocks_it_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpref.neural.cache.BLOCK", 2)

    class Interrupted(CountingEncoder):
        def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
            if "stop" in texts:
                raise KeyboardInterrupt
            return super().encode(texts, role=role)

    encoder = CachedEncoder(Interrupted(), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        encoder.encode(["a", "b", "stop"])
    encoder.encode(["a", "b"])
    assert encoder.encoder.asked == [("a", "document"), ("b", "document")]


@pytest.mark.parametrize("spoil", ["text", "folder", "table"])
def test_unusable_file_gives_one_warning_and_right_vectors(counting: CountingEncoder, tmp_path: Path, spoil: str) -> None:
    file = tmp_path / "vectors.sqlite"
    if spoil == "text":
        file.write_text("this is no database, but a text that is long enough to be looked at" * 20)
    elif spoil == "folder":
        file.mkdir()
    else:
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE vectors (other TEXT)")
        connection.close()
    encoder = CachedEncoder(counting, tmp_path)
    with pytest.warns(RuntimeWarning, match="embeddings are not cached") as caught:
        found = encoder.encode(["a", "b"])
    assert len(caught) == 1
    assert str(file) in str(caught[0].message)
    assert np.array_equal(found, CountingEncoder().encode(["a", "b"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(encoder.encode(["b"]), CountingEncoder().encode(["b"]))


def test_vector_of_another_length_is_replaced(counting: CountingEncoder, tmp_path: Path) -> None:
    encoder = CachedEncoder(counting, tmp_path)
    encoder.encode(["a"])
    connection = sqlite3.connect(encoder.file)
    with connection:
        connection.execute("UPDATE vectors SET vector = ?", [b"12345678"])
    connection.close()
    for _ in range(2):
        assert np.array_equal(encoder.encode(["a"]), CountingEncoder().encode(["a"]))
    assert len(counting.asked) == 2


def test_processes_share_the_file(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-W", "error", "-c", SHARER, here, str(tmp_path)]
    started = [subprocess.Popen([*command, first], stderr=subprocess.PIPE, text=True) for first in ("0", "30")]
    said = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    connection = sqlite3.connect(tmp_path / "vectors.sqlite")
    assert connection.execute("SELECT COUNT(*) FROM vectors").fetchone() == (109,)
    connection.close()


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, counting: CountingEncoder) -> None:
    monkeypatch.setenv("NLPREF_CACHE", "~/elsewhere")
    assert CachedEncoder(counting).file == Path("~/elsewhere/embeddings/vectors.sqlite").expanduser()
    monkeypatch.delenv("NLPREF_CACHE")
    assert cache_root() == Path("~/.cache/nlpref").expanduser()
