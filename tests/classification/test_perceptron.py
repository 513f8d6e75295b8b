"""A hidden layer on frozen embeddings: what it learns, shows, remembers and refuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax
from tests.contracts.small_model import small_minilm

from nlpref.classification import PerceptronClassifier
from nlpref.classification.perceptron_network import train_perceptron
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.classification.targets import Targets
from nlpref.errors import InputError
from nlpref.neural.layered import LayeredEncoder
from nlpref.neural.session import training_session
from nlpref.protocols import Representing
from nlpref.types import LabelledText

Examples = Sequence[LabelledText]
QUICK = PerceptronTraining(epochs=8, batch_size=16, learning_rate=3e-3)


def test_learns_and_shows_what_its_answer_is_made_from(train: Examples, held_out: Examples) -> None:
    model = PerceptronClassifier(LayeredEncoder(small_minilm()), 24, QUICK, cache=False).fit(train)
    texts = [example.text for example in held_out]
    probabilities = model.predict_proba(texts)
    right = [model.labels[best] == example.label for best, example in zip(probabilities.argmax(axis=1), held_out, strict=True)]
    assert np.mean(right) > 0.75  # a fifth can only be guessed
    assert isinstance(model, Representing)
    features, margins = model.represent(texts)
    assert (features.shape, features.dtype, features.min()) == ((60, 24), np.float32, 0.0)
    assert softmax(margins, axis=1) == pytest.approx(probabilities, abs=1e-5)


def test_what_does_not_separate_in_a_line_is_learnt_and_chance_is_left_alone() -> None:
    """Exclusive or, on features far from mean zero and variance one, and one that never varies."""
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 10, dtype=np.float32)
    features = np.hstack([corners * [0.01, 100] + 5, np.full((40, 1), 7)]).astype(np.float32)
    targets = (corners.sum(axis=1) == 1).astype(np.intp)
    odd = Targets.of(np.array(["even", "odd"])[targets].tolist(), ["even", "odd"], None)
    settings = PerceptronTraining(epochs=60, batch_size=8, learning_rate=0.02, feature_dropout=0, dropout=0)
    before = torch.get_rng_state()
    told: list[Any] = []
    with training_session(on_metrics=lambda metrics, step: told.append((step, metrics["loss"]))):
        layer, head = train_perceptron(features, odd, 16, settings, seed=0)
    assert (torch.get_rng_state() == before).all()
    assert (head.probabilities(layer(features)).argmax(axis=1) == targets).all()
    assert [step for step, _ in told] == list(range(1, 61))
    assert told[-1][1] < told[0][1]


def test_training_texts_are_remembered_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train: Examples
) -> None:
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path))
    model = PerceptronClassifier(LayeredEncoder(small_minilm()), 8, QUICK).fit(train)
    file = tmp_path / "embeddings" / "vectors.sqlite"
    size = file.stat().st_size
    model.predict_proba(["never seen before"] * 2)
    model.represent(["nor this"])
    assert file.stat().st_size == size
    monkeypatch.setattr(LayeredEncoder, "_pooled", None)  # whatever is encoded anew fails
    model.represent([example.text for example in train], remember=True)


@pytest.mark.parametrize("hidden", [0, 1.5, None])
def test_units_that_do_not_fit(hidden: Any, train: Examples) -> None:
    with pytest.raises(InputError, match=f"hidden is {hidden}, expected at least 1 unit"):
        PerceptronClassifier(LayeredEncoder(small_minilm()), hidden, cache=False).fit(train)


@pytest.mark.parametrize("setting", [{"epochs": 0}, {"dropout": 1.0}, {"learning_rate": 0.0}, {"weight_decay": -1.0}])
def test_training_that_does_not_fit(setting: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected epochs >= 1"):
        PerceptronTraining(**setting)
