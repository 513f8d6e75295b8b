"""Vectors of all layers, against transformers itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm
from transformers import AutoModel, AutoTokenizer

from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.layered import LayeredEncoder

TEXTS = ["where is my parcel", "refund", "the lamp that i ordered is broken and nobody answers"]


def test_agrees_with_transformers() -> None:
    tokens = AutoTokenizer.from_pretrained(small_minilm())(TEXTS[:1], return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_pretrained(small_minilm())(**tokens, output_hidden_states=True).hidden_states
    means = np.stack([state[0].mean(dim=0).numpy() for state in states])
    expected = means / np.linalg.norm(means, axis=1, keepdims=True) / 3**0.5
    assert LayeredEncoder(small_minilm()).encode(TEXTS[:1])[0] == pytest.approx(expected.ravel(), abs=1e-6)


def test_the_last_layer_alone_is_what_the_sentence_encoder_gives() -> None:
    found = LayeredEncoder(small_minilm(), layers=[2]).encode(TEXTS)
    assert found == pytest.approx(SentenceEncoder(small_minilm()).encode(TEXTS), abs=1e-6)


def test_long_texts_are_cut_and_told_of() -> None:
    encoder = LayeredEncoder(small_minilm(), max_length=8)
    assert encoder.exceeds(TEXTS[1:]).tolist() == [False, True]
    one, other = encoder.encode([TEXTS[2], TEXTS[2] + " at all, as it seems"])
    assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize("layers", [[3], [], [0, 0], [-1]])
def test_layers_that_are_not_there(layers: Any) -> None:
    with pytest.raises(InputError, match="has the layers 0 to 2"):
        LayeredEncoder(small_minilm(), layers=layers).encode(["a"])
