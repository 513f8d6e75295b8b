"""Sentence embeddings against sentence-transformers and against transformers used directly."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.nn.functional import normalize
from transformers import AutoModel, DistilBertConfig, RobertaConfig

from nlpref.errors import InputError, MissingResourceError, StorageError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.network import mean_pool
from nlpref.neural.quiet import quiet_transformers
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve

TEXTS = ["where is my parcel", "a", "I would like to return the shoes that I bought last week. " * 30, "", "Füße 日本 🙂"]


@pytest.fixture(scope="module")
def subwords() -> Subwords:
    return Subwords(resolve(MINILM), 16)


@pytest.mark.slow
def test_agrees_with_sentence_transformers() -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers", reason="the peer is an optional package")
    with quiet_transformers():
        peer = sentence_transformers.SentenceTransformer(str(resolve(MINILM)), device="cpu")
    theirs = peer.encode(TEXTS, normalize_embeddings=True)
    assert SentenceEncoder().encode(TEXTS) == pytest.approx(theirs, abs=2e-6)


def test_layers_cuts_the_model() -> None:
    found = SentenceEncoder(layers=1).encode(["where is my parcel"])
    with quiet_transformers():
        model = AutoModel.from_pretrained(resolve(MINILM), dtype=torch.float32).eval()
    ids = torch.tensor([Subwords(resolve(MINILM), 256).texts(["where is my parcel"])[0].ids])
    with torch.inference_mode():
        states = model(ids, output_hidden_states=True).hidden_states
    assert found == pytest.approx(normalize(states[1].mean(1), dim=-1).numpy(), abs=1e-6)
    for wrong in (0, 7):
        with pytest.raises(InputError, match="has 6 layers; give 1 to 6"):
            open_backbone(MINILM, wrong)


def test_loading_is_silent(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    open_backbone(MINILM, 1)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_quiet_ends() -> None:
    logger = logging.getLogger("transformers")
    before = logger.level
    with pytest.raises(KeyError), quiet_transformers():  # noqa: PT012
        assert logger.level == logging.ERROR
        raise KeyError
    assert logger.level == before


def test_long_text_is_cut_to_max_length() -> None:
    short = SentenceEncoder(layers=1, max_length=6)
    assert np.array_equal(short.encode(["one two three four five six seven"]), short.encode(["one two three four"]))


def test_mean_pool_by_hand() -> None:
    states = torch.tensor([[[3.0, 0.0], [3.0, 8.0], [100.0, 100.0]], [[0.0, 2.0], [0.0, 0.0], [0.0, 0.0]]])
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]])
    assert mean_pool(states, mask).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 1.0]]


def test_pad_by_hand(subwords: Subwords) -> None:
    batch = subwords.pad(subwords.texts(["parcel", "my parcel"]))
    parcel, my = (subwords.tokenizer.token_to_id(word) for word in ("parcel", "my"))
    assert batch["input_ids"].tolist() == [[101, parcel, 102, 0], [101, my, parcel, 102]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert batch["token_type_ids"].tolist() == [[0] * 4] * 2
    assert {array.dtype for array in batch.values()} == {np.dtype(np.int64)}


def test_pairs_tell_the_two_texts_apart_and_cut_the_longer(subwords: Subwords) -> None:
    [pair, cut] = subwords.pairs("my parcel", ["is late", "very " * 40])
    words = [subwords.tokenizer.id_to_token(number) for number in pair.ids]
    assert words == ["[CLS]", "my", "parcel", "[SEP]", "is", "late", "[SEP]"]
    assert pair.type_ids == [0, 0, 0, 0, 1, 1, 1]
    assert len(cut.ids) == 16
    assert cut.ids[:4] == pair.ids[:4]


def test_words_lead_back_to_their_words(subwords: Subwords) -> None:
    [encoding] = subwords.words([["Wrenfield", "\u200b", "Ltd"]])
    assert encoding.word_ids == [None, 0, 0, 2, None]


def test_a_long_text_is_read_in_windows_whose_vectors_are_averaged() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    read = SentenceEncoder(layers=1, max_length=6, long_texts="windows", overlap=1)
    parts = ["one two three four", "four five six seven", "seven eight"]
    mean = SentenceEncoder(layers=1).encode(parts).mean(axis=0)
    found = read.encode(["short", " ".join(words), "short"])
    assert found[1] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert found[0] == pytest.approx(SentenceEncoder(layers=1).encode(["short"])[0], abs=1e-6)
    assert read.exceeds(["short", " ".join(words)]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"long_texts": "fold"}, "cut, windows"), ({"long_texts": "windows", "max_length": 16, "overlap": 14}, "less than")],
)
def test_how_long_texts_are_read_is_checked(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        SentenceEncoder(layers=1, **settings).encode(["a"])


def test_folder_without_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"holds no tokenizer\.json"):
        Subwords(tmp_path, 16)


@pytest.mark.parametrize("config", [RobertaConfig, DistilBertConfig])
def test_other_architectures_are_read_from_a_folder(config: type, tmp_path: Path) -> None:
    """Untrained models of two families whose inputs and layers are named differently."""
    small = {"hidden_size": 8, "dim": 8, "num_attention_heads": 2, "n_heads": 2, "hidden_dim": 8, "intermediate_size": 8}
    torch.manual_seed(0)
    model = AutoModel.from_config(config(vocab_size=9, max_position_embeddings=20, pad_token_id=1, **small))
    with quiet_transformers():
        model.save_pretrained(tmp_path)
    vocabulary = {"<s>": 0, "<pad>": 1, "a": 2, "b": 3}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<s>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    encoder = SentenceEncoder(str(tmp_path))
    found = encoder.encode(["a", "a b b a"])
    with torch.inference_mode():
        alone = [normalize(model.eval()(torch.tensor([ids])).last_hidden_state.mean(1)) for ids in ([2], [2, 3, 3, 2])]
    assert found == pytest.approx(torch.cat(alone).numpy(), abs=1e-6)
    encoder.save(tmp_path / "saved")
    assert np.array_equal(SentenceEncoder.load(tmp_path / "saved").encode(["a", "a b b a"]), found)


def test_incomplete_weights_are_refused(tmp_path: Path) -> None:
    with quiet_transformers():
        AutoModel.from_config(RobertaConfig(vocab_size=9, hidden_size=8, num_attention_heads=2)).save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["encoder.layer.0.output.dense.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(StorageError, match=r"lacks 1 weights .* such as encoder\.layer\.0\.output\.dense\.weight"):
        open_backbone(str(tmp_path))
