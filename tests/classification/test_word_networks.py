"""Networks over words: what they compute by hand, how they are trained, and that they are saved whole."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nlpref import storage
from nlpref.classification import ConvolutionalClassifier, RecurrentClassifier
from nlpref.classification.word_learning import length_batches
from nlpref.classification.word_model import UNKNOWN, Reader, tensors_of
from nlpref.classification.word_networks import BiLstm, Convolutions
from nlpref.classification.word_training import WordTraining
from nlpref.errors import InputError, StorageError
from nlpref.neural.session import training_session
from nlpref.text import Casing, Preparation
from nlpref.text.vocabulary import Vocabulary
from nlpref.types import LabelledText

Examples = list[LabelledText]
QUICK = WordTraining(epochs=12, learning_rate=1e-2, batch_size=8, dropout=0.1)
KINDS = [
    pytest.param(lambda **more: RecurrentClassifier(12, 12, **{"training": QUICK, **more}), id="recurrent"),
    pytest.param(lambda **more: ConvolutionalClassifier(12, 8, (1, 2), **{"training": QUICK, **more}), id="convolutional"),
]


def test_numbers_of_words_by_hand() -> None:
    reader = Reader(Vocabulary(("a", "b")), None, max_length=3)
    assert len(reader) == 4
    assert reader(["b A", "z", "", "a b a b"]) == [[3, 2], [UNKNOWN], [UNKNOWN], [2, 3, 2]]
    assert reader.exceeds(["a b a", "a b a b", ""]).tolist() == [False, True, False]
    ids, lengths = tensors_of([[2], [3, 2]])
    assert ids.tolist() == [[2, 0], [3, 2]]
    assert lengths.tolist() == [1, 2]


def test_convolutions_by_hand() -> None:
    """One filter of width 2 that adds neighbours; embeddings 0, -9, 1, 5 of one component."""
    network = Convolutions(4, 1, 1, (2,), 1).eval()
    with torch.no_grad():
        network.embedding.weight.copy_(torch.tensor([[0.0], [-9.0], [1.0], [5.0]]))
        network.filters[0].weight.fill_(1.0)  # type: ignore[operator, union-attr]
        network.filters[0].bias.zero_()  # type: ignore[operator, union-attr]
        network.head.weight.fill_(1.0)
        network.head.bias.zero_()
    ids, lengths = tensors_of([[2, 3, 1], [2], [1, 1]])
    assert network(ids, lengths).flatten().tolist() == [6.0, 1.0, 0.0]  # 1 + 5; 1 and padding; nothing positive


@pytest.mark.parametrize("network", [BiLstm(9, 4, 3, 2), Convolutions(9, 4, 3, (1, 2, 3, 4), 2)], ids=["lstm", "cnn"])
@given(rows=st.lists(st.lists(st.integers(1, 8), min_size=1, max_size=7), min_size=1, max_size=5))
def test_padding_changes_nothing(network: nn.Module, rows: list[list[int]]) -> None:
    network.eval()
    with torch.inference_mode():
        together = network(*tensors_of(rows))
        alone = torch.cat([network(*tensors_of([row])) for row in rows])
    assert together.numpy() == pytest.approx(alone.numpy(), abs=1e-5)


@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=80), size=st.integers(1, 9), seed=st.integers(0, 99))
def test_batches_hold_every_text_once_and_like_lengths(lengths: list[int], size: int, seed: int) -> None:
    batches = length_batches(lengths, size, np.random.default_rng(seed))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size
    if len(lengths) <= size * 50:  # one bucket: ranges of length do not overlap
        spans = sorted((min(lengths[r] for r in batch), max(lengths[r] for r in batch)) for batch in batches)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize("make", KINDS)
def test_it_learns_and_keeps_the_best_epoch(make: object, train: Examples, validation: Examples) -> None:
    told: list[int] = []
    with training_session(on_metrics=lambda metrics, step: told.append(step)):
        model = make(seed=1).fit(train, validation)  # type: ignore[operator]
    scores = [entry["eval_accuracy"] for entry in model.history_]
    assert told == list(range(1, len(scores) + 1))
    found = model.predict_proba([example.text for example in validation]).argmax(axis=1)
    right = np.mean([model.labels[column] == example.label for column, example in zip(found, validation, strict=True)])
    assert right == max(scores) > 0.7
    assert len(scores) - 1 - scores.index(max(scores)) <= QUICK.patience  # type: ignore[operator]


@pytest.mark.parametrize("make", KINDS)
def test_the_seed_decides_and_global_chance_does_not(make: object, train: Examples) -> None:
    short = WordTraining(epochs=1)
    texts = [example.text for example in train[:5]]
    state = torch.get_rng_state()
    first = make(training=short, seed=1).fit(train).predict_proba(texts)  # type: ignore[operator]
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    assert np.array_equal(make(training=short, seed=1).fit(train).predict_proba(texts), first)  # type: ignore[operator]
    assert not np.array_equal(make(training=short, seed=2).fit(train).predict_proba(texts), first)  # type: ignore[operator]


def test_what_does_not_fit_is_refused(train: Examples, tmp_path: Path) -> None:
    for model in (RecurrentClassifier(0), RecurrentClassifier(hidden=0), ConvolutionalClassifier(widths=(0,))):
        with pytest.raises(InputError, match="expected dim >= 1"):
            model.fit(train)
    with pytest.raises(InputError, match="expected max_length >= 1"):
        RecurrentClassifier(max_length=0).fit(train)
    with pytest.raises(InputError, match="expected epochs >= 1"):
        WordTraining(epochs=0)
    model = RecurrentClassifier(4, 4, WordTraining(epochs=1), preparation=Preparation([Casing("upper")])).fit(train)
    assert model.model_.reader.vocabulary.words[0].isupper()
    model.model_.save(tmp_path)
    storage.write_json(tmp_path / "words.json", ["one"])
    smaller = RecurrentClassifier(4, 4)._network(3, 3)
    with pytest.raises(StorageError, match="does not fit the words, labels or arguments"):
        type(model.model_)(model.model_.reader, smaller, model.labels, 8).restore(tmp_path)


@pytest.mark.parametrize("make", KINDS)
def test_long_texts_are_cut_and_told_of(make: object, train: Examples) -> None:
    model = make(max_length=4, training=WordTraining(epochs=1)).fit(train)  # type: ignore[operator]
    assert model.long_texts == "cut"
    assert model.exceeds(["a b c d", "a b c d e"]).tolist() == [False, True]
    [cut, whole] = model.predict_proba(["my card is not", "my card is not working at all"])
    assert np.allclose(cut, whole, atol=1e-6)
    assert model.predict_proba(["x " * 50_000]).shape == (1, 3)
