"""A pretrained cross-encoder scores as transformers' own class does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.contracts.small_model import small_minilm
from transformers import BertConfig, BertForSequenceClassification

from nlpref.errors import InputError, NotFittedError
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.subwords import Subwords
from nlpref.neural.torch_engine import tensors
from nlpref.retrieval import CrossEncoder

QUERY, TEXTS = "a dog", ["here is the dog", "the tree", "where is my parcel and my money"]


def model_of(folder: Path, labels: int) -> BertForSequenceClassification:
    """A model in the folder format of cross-encoder/ms-marco-MiniLM-L6-v2."""
    config = json.loads((Path(small_minilm()) / "config.json").read_text("utf-8"))
    config |= {"architectures": ["BertForSequenceClassification"], "num_labels": labels, "hidden_dropout_prob": 0.0}
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(**config)).eval()
    folder.mkdir()
    model.config.save_pretrained(folder)
    config["id2label"], config["label2id"] = model.config.id2label, model.config.label2id
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")
    shutil.copy(Path(small_minilm()) / "tokenizer.json", folder / "tokenizer.json")
    return model


def test_scores_are_those_of_transformers(tmp_path: Path) -> None:
    model, subwords = model_of(tmp_path / "ready", 1), Subwords(Path(small_minilm()), 48)
    with torch.inference_mode():
        expected = model(**tensors(subwords.pad(subwords.pairs(QUERY, TEXTS)))).logits[:, 0].numpy()
    ready = CrossEncoder(str(tmp_path / "ready"), training=None, max_length=48)
    assert ready.score(QUERY, TEXTS) == pytest.approx(expected, abs=1e-5)
    ready.save(tmp_path / "saved")
    assert CrossEncoder.load(tmp_path / "saved").score(QUERY, TEXTS) == pytest.approx(expected, abs=1e-5)
    pairs = [(QUERY, TEXTS[0], 1.0), (QUERY, TEXTS[1], 0.0)]
    assert ready.fit(pairs).score(QUERY, TEXTS) == pytest.approx(expected, abs=1e-5)
    still = FineTuning(epochs=1, learning_rate=1e-12)
    trained = CrossEncoder(str(tmp_path / "ready"), still, max_length=48).fit(pairs)
    assert trained.score(QUERY, TEXTS) == pytest.approx(expected, abs=1e-5)


def test_heads_that_give_no_score_are_refused(tmp_path: Path) -> None:
    model_of(tmp_path / "labels", 3)
    with pytest.raises(InputError, match="gives 3 labels"):
        CrossEncoder(str(tmp_path / "labels"), training=None).score(QUERY, TEXTS)
    with pytest.raises(InputError, match="no head to score pairs with"):
        CrossEncoder(small_minilm(), training=None).score(QUERY, TEXTS)
    with pytest.raises(NotFittedError):
        CrossEncoder(str(tmp_path / "labels")).score(QUERY, TEXTS)
    config = tmp_path / "labels" / "config.json"
    config.write_text(config.read_text("utf-8").replace('"model_type": "bert"', '"model_type": "electra"'), "utf-8")
    with pytest.raises(InputError, match="electra with a head of its own"):
        CrossEncoder(str(tmp_path / "labels"), training=None).score(QUERY, TEXTS)
