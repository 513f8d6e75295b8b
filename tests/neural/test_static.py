"""The static encoder: distilled once, kept, and then without torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.contracts.small_model import small_minilm

from nlpref.neural import distillation
from nlpref.neural.static import StaticEncoder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "static"


@pytest.fixture
def distilled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The dimensions that were distilled, one after the other."""
    made: list[int] = []
    distil = distillation.distil

    def counted(name: str, folder: Path, dim: int) -> object:
        made.append(dim)
        return distil(name, folder, dim)

    monkeypatch.setattr(distillation, "distil", counted)
    return made


def test_is_distilled_once_for_each_dim_and_again_if_damaged(cache: Path, distilled: list[int]) -> None:
    first = StaticEncoder(small_minilm(), dim=8).encode(["my parcel"])
    again = StaticEncoder(small_minilm(), dim=8, max_length=99).encode(["my parcel"])
    assert np.array_equal(first, again)
    assert distilled == [8]
    [folder] = cache.iterdir()
    StaticEncoder(small_minilm(), dim=6).encode(["my parcel"])
    assert distilled == [8, 6]
    (folder / "tokenizer.json").write_text("{}")
    assert np.array_equal(StaticEncoder(small_minilm(), dim=8).encode(["my parcel"]), first)
    assert distilled == [8, 6, 8]
    assert np.array_equal(StaticEncoder(small_minilm(), dim=8).encode(["my parcel"]), first)
    assert distilled == [8, 6, 8]


def test_without_a_cache_it_warns_and_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path / "file"))
    with pytest.warns(RuntimeWarning, match="distilled vectors are not cached: .* cannot be written"):
        assert StaticEncoder(small_minilm(), dim=8).encode(["my parcel"]).shape == (1, 8)


def test_nothing_known_is_the_last_axis_and_long_texts_are_cut() -> None:
    encoder = StaticEncoder(small_minilm(), dim=8, max_length=2)
    assert encoder.encode(["", "🙂"]).tolist() == [[0.0] * 7 + [1.0]] * 2
    assert np.array_equal(encoder.encode(["my parcel is late"]), encoder.encode(["my parcel"]))


def test_a_saved_encoder_needs_no_torch(tmp_path: Path) -> None:
    encoder = StaticEncoder(small_minilm(), dim=8)
    encoder.save(tmp_path / "encoder")
    program = (
        "import sys; from pathlib import Path; from nlpref import load_component; "
        "print(load_component(Path(sys.argv[1])).encode(['my parcel']).tolist()); assert 'torch' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.check_output([sys.executable, "-c", program, str(tmp_path / "encoder")], text=True, env=environment)
    assert said.strip() == str(encoder.encode(["my parcel"]).tolist())


@pytest.mark.slow
def test_the_whole_model_tells_like_from_unlike() -> None:
    parcel, late, table = StaticEncoder().encode(["where is my parcel", "my package has not arrived", "clean a wooden table"])
    assert parcel @ late > 0.3 > parcel @ table
