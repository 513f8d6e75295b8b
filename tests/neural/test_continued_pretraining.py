"""Pretraining that goes on: text of the domain becomes likelier, and the folder is a model like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.contracts.small_model import small_minilm

from nlpref.classification import TransformerClassifier
from nlpref.errors import InputError
from nlpref.neural.continued_pretraining import NOTES, ContinuedPretraining, continue_pretraining
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.session import training_session
from nlpref.types import LabelledText

WORDS = ("lamp", "chair", "table", "door", "box", "ship", "horse", "river")
TEXTS = [f"the old {one} stands by the old {other} in the house" for one in WORDS for other in WORDS]
QUICK = ContinuedPretraining(
    small_minilm(),
    head=FineTuning(epochs=4, learning_rate=1e-2, batch_size=8),
    training=FineTuning(epochs=3, learning_rate=5e-4, batch_size=8),
    max_length=24,
    seed=3,
)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapted") / "weights"
    heard: list[int] = []
    with training_session(folder.parent / "checkpoints", on_metrics=lambda _, step: heard.append(step)):
        done = continue_pretraining([*TEXTS, " ", ""], QUICK, folder)
    assert heard
    assert done.texts == {"learned": 58, "held_out": 6}
    losses = [entry["loss"] for entry in done.history]
    assert len(losses) == 2 + 3
    assert losses[1] < losses[0]
    assert min(losses[2:]) < losses[1]
    assert losses[1 + done.kept] == min(losses[2:])
    assert 0 < done.drift["tenth_percentile"] <= done.drift["mean"] < 1
    return folder


def test_the_folder_is_a_name_for_encoder_and_classifier(adapted: Path) -> None:
    before, after = (SentenceEncoder(name, max_length=24).encode(TEXTS[:5]) for name in (small_minilm(), str(adapted)))
    assert np.abs(np.linalg.norm(after, axis=1) - 1).max() < 1e-5
    assert 0.2 < (before * after).sum(axis=1).mean() < 0.99999
    train = [LabelledText(text, text.split()[2]) for text in TEXTS[:16]]
    model = TransformerClassifier(str(adapted), FineTuning(epochs=1, batch_size=8), max_length=24).fit(train)
    assert model.labels == ("chair", "lamp")


def test_what_was_done_stands_beside_the_weights(adapted: Path) -> None:
    notes = json.loads((adapted / NOTES).read_text("utf-8"))
    assert notes["settings"]["masking"]["share"] == 0.15
    assert notes["texts"] == {"learned": 58, "held_out": 6}
    assert len(notes["history"]) == 5
    assert sorted(path.name for path in adapted.iterdir()) == [
        NOTES, "config.json", "model.safetensors", "tokenizer.json",
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_weights(adapted: Path, tmp_path: Path) -> None:
    continue_pretraining(TEXTS, QUICK, tmp_path / "again")
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (adapted / "model.safetensors").read_bytes()


def test_too_little_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"at least 8 texts .* got 3 texts"):
        continue_pretraining([*TEXTS[:3], " "], QUICK, tmp_path / "none")
    with pytest.raises(InputError, match="one string"):
        continue_pretraining("one text", QUICK, tmp_path / "none")
    with pytest.raises(InputError, match="long_texts='whole'"):
        continue_pretraining(TEXTS, ContinuedPretraining(long_texts="whole"), tmp_path / "none")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
