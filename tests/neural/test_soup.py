"""The mean of trainings."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm
from torch import nn

from nlpref.neural.session import training_session
from nlpref.neural.settings import FineTuning
from nlpref.neural.soup import soup
from nlpref.tagging import TransformerTagger


def moved(module: nn.Linear, number: int) -> float:
    with torch.no_grad():
        module.weight += 10.0**number
    return module.weight.item()


def test_the_mean_by_hand_from_one_start() -> None:
    module = nn.Linear(1, 1)
    nn.init.constant_(module.weight, 2.0)
    assert soup(module, 3, moved) == [3.0, 12.0, 102.0]
    assert module.weight.item() == pytest.approx((3 + 12 + 102) / 3)


def test_one_training_is_the_training_itself() -> None:
    module = nn.Linear(1, 1)
    nn.init.constant_(module.weight, 2.0)
    assert soup(module, 1, moved) == [3.0]
    assert module.weight.item() == 3.0


def test_a_tagger_is_the_mean_of_its_trainings(tmp_path: Path) -> None:
    """Told by the checkpoints that the trainings left."""
    training = FineTuning(epochs=2, learning_rate=1e-3, batch_size=8, patience=None)
    tagger = TransformerTagger(small_minilm(), training, max_length=24, overlap=8, layers=1, soup=2)
    with training_session(tmp_path):
        tagger.fit(given.TRAIN_TAGGED)
    ended = [max(folder.glob("checkpoint-*"), key=by_step) for folder in (tmp_path, tmp_path / "training-2")]
    one, other = (load_file(folder / "model.safetensors")["network.head.weight"] for folder in ended)
    assert not torch.equal(one, other)
    tagger.save(tmp_path / "saved")
    kept = load_file(tmp_path / "saved" / "model.safetensors")["head.weight"]
    assert kept.numpy() == pytest.approx(((one + other) / 2).numpy(), abs=1e-7)


def by_step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])
