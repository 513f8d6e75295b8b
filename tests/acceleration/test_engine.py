"""Exported files: what is kept, what is refused, and the same bits for the same text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpref import machine, storage
from nlpref.acceleration import accelerate, onnx_export, onnx_runtime
from nlpref.acceleration.engine import ExportedEngine
from nlpref.errors import ExportError, InputError, StorageError
from nlpref.neural.encoder import SentenceEncoder


@pytest.fixture(scope="module")
def saved(encoder: SentenceEncoder, texts: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fast") / "encoder"
    accelerate(encoder, texts, "task", backend="onnx-int8", threads=2).save(folder)
    return folder


def test_a_saved_engine_needs_neither_the_torch_weights_nor_the_first_folder(saved: Path, texts: Sequence[str]) -> None:
    names = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    assert "engine/model.onnx" in names
    assert "model.safetensors" not in names
    again = saved.parent / "again"
    loaded = SentenceEncoder.load(saved)
    loaded.save(again)
    assert np.array_equal(SentenceEncoder.load(again).encode(texts), loaded.encode(texts))
    about = json.loads((again / "engine" / "about.json").read_text())
    assert about["flags"] == machine.flags()
    assert about["gate"]["mean_cosine"] > 0.99


def test_a_changed_byte_is_refused_before_any_runtime_sees_it(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    copied = tmp_path / "copied"
    shutil.copytree(saved, copied)
    weights = copied / "engine" / "weights.bin"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    monkeypatch.setattr(onnx_runtime, "open_model", lambda *_: pytest.fail("the runtime was opened"))
    with pytest.raises(StorageError, match=r"weights\.bin: changed"):
        SentenceEncoder.load(copied)


def test_on_another_processor_the_golden_inputs_are_asked_again(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "flags", lambda: ["avx2", "from-the-future"])
    SentenceEncoder.load(saved)  # it answers as it did, so it may be used
    right = ExportedEngine.rows
    monkeypatch.setattr(ExportedEngine, "rows", lambda engine, rows: [-output for output in right(engine, rows)])
    with pytest.raises(StorageError, match=r"from-the-future.*it answers differently: least cosine on \d+ golden inputs -"):
        SentenceEncoder.load(saved)
    monkeypatch.setattr(machine, "flags", lambda: json.loads((saved / "engine" / "about.json").read_text())["flags"])
    SentenceEncoder.load(saved)  # on the machine that made it, nothing is asked


def test_an_interrupted_save_leaves_nothing(encoder: SentenceEncoder, texts: Sequence[str], tmp_path: Path) -> None:
    fast = accelerate(encoder, texts, backend="onnx-fp32")

    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    fast.engine.golden = type("Broken", (), {"save": staticmethod(interrupt)})()
    with pytest.raises(KeyboardInterrupt):
        fast.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_export_leaves_nothing(
    encoder: SentenceEncoder, texts: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(onnx_export, "save_model", interrupt)
    with pytest.raises(KeyboardInterrupt):
        accelerate(encoder, texts, backend="onnx-fp32")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("backend", ["torch", "onnx-fp32", "onnx-int8"])
def test_deterministic_gives_the_same_bits_in_any_company(backend: str, encoder: SentenceEncoder, texts: Sequence[str]) -> None:
    fast = accelerate(encoder, texts, "task", backend=backend, threads=2, deterministic=True)
    together = fast.encode(texts)
    for start, stop in ((0, 1), (3, 9), (5, len(texts))):
        assert np.array_equal(fast.encode(texts[start:stop]), together[start:stop])
    assert np.array_equal(fast.encode(texts[::-1])[::-1], together)


def test_integers_do_not_depend_on_the_company_either(saved: Path, texts: Sequence[str]) -> None:
    fast = SentenceEncoder.load(saved)
    assert np.array_equal(np.concatenate([fast.encode([text]) for text in texts]), fast.encode(texts))


def test_integers_take_no_padding(saved: Path) -> None:
    fast = SentenceEncoder.load(saved)
    padded = fast._subwords.pad(fast._subwords.texts(["where is my parcel", "x"]))
    with pytest.raises(InputError, match="a padded batch was given to onnx-int8"):
        list(fast.engine.run([padded]))


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(StorageError, match=r"cannot load .*model\.onnx"):
        onnx_runtime.open_model(tmp_path, 1)


def test_settings_survive(saved: Path) -> None:
    engine: ExportedEngine = storage.load_component(saved / "engine")
    assert (engine.name, engine.packing, engine.threads, engine.deterministic) == ("onnx-int8", "unpadded", 2, False)


def test_what_cannot_be_exported_says_so_and_still_works(
    encoder: SentenceEncoder, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(onnx_export, "can_write", lambda _: "unknown")
    before = encoder.encode(texts)

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("no ONNX function for aten.weird_op\nand a long trace")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    with pytest.raises(ExportError, match=r"BertModel cannot be exported to ONNX: no ONNX function for aten\.weird_op\. The"):
        accelerate(encoder, texts, backend="onnx-fp32")
    assert np.array_equal(encoder.encode(texts), before)


def test_an_accelerated_model_is_loaded_and_asked_without_torch(saved: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from nlpref import load_component; "
        f"print(load_component(Path({str(saved)!r})).encode(['where is my parcel']).shape, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"({1}, 384) False"
