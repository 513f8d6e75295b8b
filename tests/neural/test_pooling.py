"""A pretrained model says how its tokens become one vector, and is read so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.acceleration.bert import can_write
from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.pooling import read_pooling
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors

CLS = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}


def written(folder: Path, config: object, modules: object = None, place: str = "1_Pooling") -> Path:
    (folder / place).mkdir(parents=True)
    (folder / place / "config.json").write_text(json.dumps(config), "utf-8")
    if modules is not None:
        (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    return folder


@pytest.fixture
def like_bge(tmp_path: Path) -> Path:
    """A small model in the folder format of BAAI/bge-small-en-v1.5."""
    shutil.copytree(small_minilm(), tmp_path / "model")
    return written(tmp_path / "model", CLS)


def test_pooling_is_read_in_both_formats(tmp_path: Path) -> None:
    assert read_pooling(tmp_path) == "mean"
    assert read_pooling(written(tmp_path / "old", CLS)) == "cls"
    assert read_pooling(written(tmp_path / "new", {"embedding_dimension": 8, "pooling_mode": "cls"})) == "cls"
    assert read_pooling(written(tmp_path / "list", {"pooling_mode": ["mean"]})) == "mean"
    kinds = ["models.Transformer", "models.Pooling", "models.Normalize"]
    modules = [{"path": f"{row}_P" if row else "", "type": f"sentence_transformers.{kind}"} for row, kind in enumerate(kinds)]
    assert read_pooling(written(tmp_path / "elsewhere", CLS, modules, "1_P")) == "cls"


def test_what_is_not_computed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pooling max, expected mean or cls"):
        read_pooling(written(tmp_path / "max", {"pooling_mode_max_tokens": True}))
    with pytest.raises(InputError, match=r"cls \+ mean"):
        read_pooling(written(tmp_path / "two", {**CLS, "pooling_mode_mean_tokens": True}))
    with pytest.raises(InputError, match="layer Dense"):
        read_pooling(written(tmp_path / "dense", CLS, [{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]))


def test_the_first_token_is_the_vector_of_a_model_that_asks_for_it(like_bge: Path, tmp_path: Path) -> None:
    encoder, texts = SentenceEncoder(str(like_bge), max_length=32), ["a dog", "where is my parcel"]
    subwords = Subwords(like_bge, 32)
    with torch.inference_mode():
        states = open_backbone(str(like_bge))(**tensors(subwords.pad(subwords.texts(texts)))).last_hidden_state[:, 0].numpy()
    found = encoder.encode(texts)
    assert found == pytest.approx(states / np.linalg.norm(states, axis=1, keepdims=True), abs=1e-5)
    assert np.abs(found - SentenceEncoder(small_minilm(), max_length=32).encode(texts)).max() > 0.01
    encoder.save(tmp_path / "saved")
    assert SentenceEncoder.load(tmp_path / "saved").encode(texts) == pytest.approx(found, abs=1e-6)


def test_graphs_written_by_hand_are_of_the_mean_only() -> None:
    backbone = open_backbone(small_minilm(), 1)
    assert can_write(EncoderNetwork(backbone)) == ""
    assert "pooling is 'cls'" in can_write(EncoderNetwork(backbone, pooling="cls"))
