"""A few labels: what is learnt, from what, and that the cheap way is the same as the dear one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm

from nlpref.classification import FewShotClassifier, TransformerClassifier
from nlpref.classification.few_shot_learning import TOGETHER, alike_together, contrast
from nlpref.classification.few_shot_training import FewShotTraining
from nlpref.errors import InputError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.session import training_session
from nlpref.types import LabelledText

FEW = FewShotTraining(epochs=3, frozen_layers=1, learning_rate=1e-3, batch_size=12)
TEXTS = [example.text for example in given.VALIDATION_TEXTS]


def made(label_texts: object = "names", training: FewShotTraining = FEW) -> FewShotClassifier:
    return FewShotClassifier(small_minilm(), training, label_texts, max_length=32)  # type: ignore[arg-type]


def renamed(names: dict[str, str]) -> list[LabelledText]:
    return [LabelledText(example.text, names[example.label]) for example in given.TRAIN_TEXTS]


def test_it_learns_and_says_how() -> None:
    told: list[tuple[dict[str, float], int]] = []
    with training_session(on_metrics=lambda metrics, step: told.append((dict(metrics), step))):
        model = made().fit(given.TRAIN_TEXTS)
    right = np.array(model.labels)[model.predict_proba(TEXTS).argmax(axis=1)] == [one.label for one in given.VALIDATION_TEXTS]
    assert right.mean() > 0.9
    assert told == [(entry, number) for number, entry in enumerate(model.history_, 1)]
    assert model.history_[-1]["loss"] < model.history_[0]["loss"]


def test_lower_layers_stay_and_upper_ones_learn() -> None:
    learned = made().fit(given.TRAIN_TEXTS).engine.network.backbone.state_dict()  # type: ignore[attr-defined]
    same = {name for name, weights in open_backbone(small_minilm()).state_dict().items() if torch.equal(weights, learned[name])}
    assert {name for name in learned if "layer.1." not in name} <= same
    assert not any("layer.1.attention.self.value" in name for name in same)


def test_names_are_learnt_from_where_they_tell_something() -> None:
    assert made().fit(given.TRAIN_TEXTS).label_texts_ == {"cancel": "cancel", "refund": "refund", "track": "track"}
    assert made().fit(renamed({"cancel": "kind x", "refund": "kind y", "track": "kind z"})).label_texts_ == {}
    assert made().fit(renamed({"cancel": "0", "refund": "1", "track": "2"})).label_texts_ == {}
    assert made(None).fit(given.TRAIN_TEXTS).label_texts_ == {}


def test_texts_of_labels_that_are_given_are_always_learnt_from() -> None:
    meanings = {"cancel": "zzz"}
    assert made(meanings).fit(given.TRAIN_TEXTS).label_texts_ == meanings


def test_a_text_for_a_label_is_worth_as_much_as_an_example() -> None:
    train = [LabelledText("alpha", "one"), LabelledText("beta", "two")]
    texts = {"one": "where is my parcel", "two": "give my money back"}
    model = made(texts, FewShotTraining(epochs=1, frozen_layers=1)).fit(train)
    assert model.predict_proba(["where is my parcel", "give my money back"]).argmax(axis=1).tolist() == [0, 1]


def test_the_contrast_by_hand() -> None:
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.8, -0.6]]), dim=1)
    targets = torch.tensor([0, 0, 1, 2])  # the last two are alone, so they are only what the others are compared with
    first = 0.6 / 0.5 - np.log(np.exp(0.6 / 0.5) + np.exp(0.0) + np.exp(0.8 / 0.5))
    second = 0.6 / 0.5 - np.log(np.exp(0.6 / 0.5) + np.exp(0.8 / 0.5) + np.exp(0.0))
    assert float(contrast(vectors, targets, 0.5)) == pytest.approx(-(first + second) / 2, abs=1e-6)


def test_without_two_of_a_label_there_is_no_contrast() -> None:
    vectors = torch.eye(3, requires_grad=True)
    loss = contrast(vectors, torch.arange(3), 0.1)
    loss.backward()
    assert float(loss.detach()) == 0
    assert not vectors.grad.any()  # type: ignore[union-attr]


def test_those_of_a_label_follow_each_other() -> None:
    targets = np.repeat(np.arange(5), [10, 10, 3, 1, 8])
    order = alike_together(targets, np.random.default_rng(0))
    assert sorted(order) == list(range(32))
    said = targets[order]
    runs = np.split(said, np.flatnonzero(np.diff(said)) + 1)
    assert max(len(run) for run in runs) <= 2 * TOGETHER  # a label may end one turn and begin the next
    assert len(runs) <= sum(-(-count // TOGETHER) for count in (10, 10, 3, 1, 8))
    assert not np.array_equal(order, alike_together(targets, np.random.default_rng(1)))


def test_one_text_of_each_label_is_enough() -> None:
    train = [LabelledText("where is my parcel", "track"), LabelledText("give my money back", "refund")]
    model = made(None).fit(train)
    assert model.predict_proba([example.text for example in train]).argmax(axis=1).tolist() == [1, 0]


def test_torch_goes_on_as_if_nothing_had_been_drawn() -> None:
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    made(None, FewShotTraining(epochs=1, frozen_layers=1)).fit(given.TRAIN_TEXTS)
    assert torch.equal(torch.rand(2), expected)


def test_another_kind_of_classifier_is_not_read(tmp_path: Path) -> None:
    made(None, FewShotTraining(epochs=1, frozen_layers=1)).fit(given.TRAIN_TEXTS).save(tmp_path / "model")
    with pytest.raises(Exception, match="FewShotClassifier"):
        TransformerClassifier.load(tmp_path / "model")


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0}, {"batch_size": 0}, {"frozen_layers": -1}, {"learning_rate": 0.0}, {"head_learning_rate": -1.0},
        {"temperature": 0.0}, {"contrast": -0.1}, {"weight_decay": -1.0}, {"label_smoothing": 1.0}, {"max_grad_norm": 0.0},
    ],
)  # fmt: skip
def test_settings_out_of_range(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected epochs and batch_size >= 1"):
        FewShotTraining(**settings)  # type: ignore[arg-type]


def test_layers_that_the_model_does_not_have() -> None:
    with pytest.raises(InputError, match="expected 0 to 1"):
        made(None, FewShotTraining(frozen_layers=2)).fit(given.TRAIN_TEXTS)


def test_probabilities_are_refused() -> None:
    with pytest.raises(InputError, match="learns from certain labels"):
        FewShotClassifier(small_minilm()).fit_soft(given.TRAIN_TEXTS, np.full((len(given.TRAIN_TEXTS), 3), 1 / 3))
