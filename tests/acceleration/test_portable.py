"""Architectures that are traced by torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModel, DistilBertConfig

from nlpref.acceleration import accelerate
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.quiet import quiet_transformers

WORDS = [f"w{number}" for number in range(20)]


@pytest.fixture(scope="module")
def distilbert(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    folder = tmp_path_factory.mktemp("distilbert")
    torch.manual_seed(0)
    config = DistilBertConfig(
        dim=16, n_heads=2, hidden_dim=32, n_layers=2, vocab_size=24, max_position_embeddings=40, pad_token_id=1
    )
    with quiet_transformers():
        AutoModel.from_config(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({"<s>": 0, "<pad>": 1} | {w: n + 2 for n, w in enumerate(WORDS)}, unk_token="<s>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return SentenceEncoder(str(folder), max_length=32)


@pytest.mark.parametrize("backend", ["onnx-fp32", "openvino-fp32"])
def test_another_architecture_is_traced_with_its_padding_right(backend: str, distilbert: SentenceEncoder, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, size)) for size in (1, 2, 3, 5, 9, 17, 30, 4, 4)]
    fast = accelerate(distilbert, texts, backend=backend, threads=2)
    fast.save(tmp_path / "saved")
    loaded = SentenceEncoder.load(tmp_path / "saved")
    assert np.abs(loaded.encode(texts) - distilbert.encode(texts)).max() < 1e-5
    assert np.abs(loaded.encode(texts[:1]) - distilbert.encode(texts[:1])).max() < 1e-5
