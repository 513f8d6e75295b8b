"""A trained bag of tokens: what torch learns is what numpy predicts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm

from nlpref.classification import StaticClassifier
from nlpref.classification.bag import Bag
from nlpref.classification.bag_network import _Network, train_bag
from nlpref.classification.bag_training import BagTraining
from nlpref.classification.hidden import HiddenLayer
from nlpref.errors import InputError, StorageError
from nlpref.neural.session import training_session
from nlpref.neural.static import StaticEncoder
from nlpref.neural.token_table import TokenTable
from nlpref.neural.unit import unit_or_zero_rows
from nlpref.types import LabelledText

Examples = Sequence[LabelledText]
QUICK = BagTraining(epochs=10, batch_size=16)


def static(**more: Any) -> StaticClassifier:
    return StaticClassifier(**{"name": small_minilm(), "dim": 32, "hidden": 24, "training": QUICK, **more})


def accuracy(model: StaticClassifier, examples: Examples) -> float:
    found = model.predict_proba([example.text for example in examples]).argmax(axis=1)
    return float(np.mean([model.labels[column] == example.label for column, example in zip(found, examples, strict=True)]))


@pytest.mark.parametrize("hidden", [None, 24])
def test_learns_what_can_be_known(hidden: int | None, train: Examples, held_out: Examples) -> None:
    """Every fifth text tells nothing of its label; a third of those are right by chance."""
    assert accuracy(static(hidden=hidden).fit(train), held_out) > 0.75


@pytest.mark.parametrize("hidden", [None, 5])
def test_numpy_predicts_what_torch_computes(hidden: int | None) -> None:
    """The loss of the network is the cross-entropy of the bag's probabilities."""
    table = StaticEncoder(small_minilm(), dim=16).table
    texts, labels, gold = ["where is my parcel", "a lamp", "🙂"], ("x", "y", "z"), torch.tensor([2, 0, 1])
    torch.manual_seed(0)
    network = _Network(torch.from_numpy(table.vectors * 50), 3, hidden, BagTraining(label_smoothing=0.2)).eval()
    with torch.no_grad():
        network.log_weights.uniform_(-1, 1)
        network.moved.uniform_(-0.1, 0.1)
        loss = float(network([torch.tensor(row, dtype=torch.long) for row in table.ids(texts)], gold))
        bag = Bag(TokenTable(table.tokenizer, network.weighted().numpy()), *network.head(labels))
    logs = np.log(bag.probabilities(texts))
    assert loss == pytest.approx(-(0.8 * logs[range(3), gold] + 0.2 * logs.mean(axis=1)).mean(), abs=2e-3)


def test_only_what_was_seen_is_trained_and_chance_is_left_alone(train: Examples) -> None:
    table = StaticEncoder(small_minilm(), dim=16).table
    texts, gold = [example.text for example in train], [example.label for example in train]
    before = torch.get_rng_state()
    bags = [bag for _, bag in train_bag(table, texts, gold, tuple(sorted(set(gold))), None, BagTraining(epochs=2), seed=0)]
    assert torch.equal(torch.get_rng_state(), before)
    seen = np.isin(np.arange(len(table.vectors)), [id_ for row in table.ids(texts) for id_ in row])
    one, other = (unit_or_zero_rows(vectors) for vectors in (bags[-1].table.vectors, table.vectors))
    assert one[~seen] == pytest.approx(other[~seen], abs=2e-3)
    assert np.abs(one[seen] - other[seen]).max(axis=1).min() > 1e-3
    assert not np.array_equal(bags[0].table.vectors, bags[1].table.vectors), "an epoch's bag is a copy of its own"


def test_keeps_the_best_epoch_reports_all_and_stops_early(train: Examples, validation: Examples) -> None:
    heard: list[dict[str, float]] = []
    with training_session(on_metrics=lambda metrics, step: heard.append({**metrics, "step": step})):
        model = static(training=BagTraining(epochs=40, batch_size=16, patience=3)).fit(train, validation)
    scores = [entry["eval_accuracy"] for entry in heard]
    assert [entry["step"] for entry in heard] == [entry["epoch"] for entry in model.history_] == [*range(1, len(heard) + 1)]
    assert accuracy(model, validation) == max(scores)
    assert len(scores) == scores.index(max(scores)) + 1 + 3 < 40


def test_without_validation_the_last_epoch_is_kept(train: Examples) -> None:
    model = static(training=BagTraining(epochs=3, patience=1)).fit(train)
    assert [set(entry) for entry in model.history_] == [{"epoch", "loss"}] * 3
    assert model.history_[2]["loss"] < model.history_[0]["loss"]


def test_texts_of_unknown_tokens_can_be_trained_on() -> None:
    examples = [LabelledText("🙂", "a"), LabelledText("🙃", "b"), LabelledText("", "b")]
    found = static().fit(examples).predict_proba(["🙂", "", "parcel"])
    assert np.isfinite(found).all()
    assert np.array_equal(found[0], found[1])


def test_a_saved_model_predicts_without_torch(tmp_path: Path, train: Examples) -> None:
    model = static().fit(train)
    model.save(tmp_path / "model")
    program = (
        "import sys; from pathlib import Path; from nlpref import load_component; "
        "print(load_component(Path(sys.argv[1])).predict_proba(['my card']).tolist()); assert 'torch' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.check_output([sys.executable, "-c", program, str(tmp_path / "model")], text=True, env=environment)
    assert said.strip() == str(model.predict_proba(["my card"]).tolist())


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"patience": 0},
        {"learning_rate": 0.0},
        {"weight_decay": -0.1},
        {"token_dropout": 1.0},
        {"dropout": -0.1},
        {"label_smoothing": 1.5},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))}=.*"):
        BagTraining(**wrong)


def test_a_hidden_layer_of_no_units_is_refused(train: Examples) -> None:
    with pytest.raises(InputError, match="hidden is 0, expected at least 1 unit"):
        static(hidden=0).fit(train)


def test_hidden_layer_by_hand(tmp_path: Path) -> None:
    layer = HiddenLayer(np.array([[1, -1], [2, 0]], dtype=np.float32), np.array([0.5, 0], dtype=np.float32))
    assert layer(np.array([[1, 1], [0, -1]], dtype=np.float32)).tolist() == [[3.5, 0.0], [0.0, 0.0]]
    HiddenLayer(layer.weights, np.zeros(3, dtype=np.float32)).save(tmp_path)
    with pytest.raises(StorageError, match=r"bias of shape \(3,\) does not fit"):
        HiddenLayer.load(tmp_path)
