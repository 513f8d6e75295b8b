"""The mean of trainings, and where each keeps its checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm
from torch import nn

from nlpref.neural.session import current_session, training_session
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


def test_each_training_has_a_folder_of_its_own(tmp_path: Path) -> None:
    def folder(_: nn.Module, number: int) -> Path | None:
        return current_session().checkpoints

    with training_session(tmp_path):
        assert soup(nn.Linear(1, 1), 2, folder) == [tmp_path / "training-0", tmp_path / "training-1"]
        assert soup(nn.Linear(1, 1), 1, folder) == [tmp_path]
    assert soup(nn.Linear(1, 1), 2, folder) == [None, None]


def test_a_tagger_is_the_mean_of_its_trainings(tmp_path: Path) -> None:
    """Told by the checkpoints that the trainings left."""
    training = FineTuning(epochs=2, learning_rate=1e-3, batch_size=8, patience=None)
    tagger = TransformerTagger(small_minilm(), training, max_length=24, overlap=8, layers=1, soup=2)
    with training_session(tmp_path):
        tagger.fit(given.TRAIN_TAGGED)
    ended = [max(tmp_path.glob(f"training-{number}/checkpoint-*"), key=by_step) for number in (0, 1)]
    one, other = (load_file(folder / "model.safetensors")["network.head.weight"] for folder in ended)
    assert not torch.equal(one, other)
    tagger.save(tmp_path / "saved")
    kept = load_file(tmp_path / "saved" / "model.safetensors")["head.weight"]
    assert kept.numpy() == pytest.approx(((one + other) / 2).numpy(), abs=1e-7)


def by_step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])
