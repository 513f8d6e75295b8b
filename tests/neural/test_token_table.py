"""Sums of token vectors, by hand and against a plain loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from nlpref.errors import InputError, MissingResourceError, StorageError
from nlpref.neural.token_table import BLOCK, TokenTable, read_tokenizer

VOCABULARY = {"[UNK]": 0, "a": 1, "b": 2, "c": 3}
VECTORS = np.array([[9.0, 9.0], [1.0, 0.0], [0.0, 2.0], [-1.0, 0.5]])


def words(model: models.Model | None = None) -> Tokenizer:
    tokenizer = Tokenizer(model or models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def test_by_hand() -> None:
    table = TokenTable(words(), VECTORS)
    assert table.dim == 2
    assert table.ids(["a x b", "", "x"]) == [[1, 2], [], []]
    sums = table.sums(["a b b", "", "c x", "x y", "a"])
    assert sums.dtype == np.float32
    assert sums.tolist() == [[1.0, 4.0], [0.0, 0.0], [-1.0, 0.5], [0.0, 0.0], [1.0, 0.0]]
    assert table.sums([]).shape == (0, 2)


def test_long_texts_are_cut_after_unknown_tokens_are_left_out() -> None:
    assert TokenTable(words(), VECTORS, max_length=2).ids(["x a b c", "c"]) == [[1, 2], [3]]
    with pytest.raises(InputError, match="max_length is 0, expected at least 1"):
        TokenTable(words(), VECTORS, max_length=0)


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "x"]), max_size=6), max_size=8))
def test_equals_a_loop(texts: list[list[str]]) -> None:
    expected = [sum((VECTORS[VOCABULARY[word]] for word in text if word != "x"), np.zeros(2)).tolist() for text in texts]
    assert TokenTable(words(), VECTORS).sums([" ".join(text) for text in texts]).tolist() == expected


def test_more_texts_than_a_block_holds() -> None:
    sums = TokenTable(words(), VECTORS).sums(["a " * (row % 3) for row in range(2 * BLOCK + 5)])
    assert sums[:, 0].tolist() == [row % 3 for row in range(2 * BLOCK + 5)]


def test_a_unigram_model_has_an_unknown_token_too() -> None:
    table = TokenTable(words(models.Unigram([("<unk>", 0.0), ("a", -1.0), ("b", -2.0), ("c", -3.0)], unk_id=0)), VECTORS)
    assert table.ids(["a x b"]) == [[1, 2]]
    assert TokenTable(words(models.BPE({"a": 0, "b": 1}, [])), VECTORS).ids(["a x b"]) == [[0, 1]]


def test_vectors_are_what_they_are_once_saved(tmp_path: Path) -> None:
    table = TokenTable(words(), VECTORS / 3)
    table.save(tmp_path)
    loaded = TokenTable.load(tmp_path, max_length=1)
    assert np.array_equal(loaded.vectors, table.vectors)
    assert table.vectors == pytest.approx(VECTORS / 3, rel=1e-3)
    assert loaded.ids(["a b"]) == [[1]]
    TokenTable(words(), VECTORS[:3]).save(tmp_path)
    with pytest.raises(StorageError, match="3 vectors for 4 tokens"):
        TokenTable.load(tmp_path)


def test_folder_without_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"holds no tokenizer\.json"):
        read_tokenizer(tmp_path)
