"""A classifier that rejects: its threshold and probabilities by hand, what it learns from, and what goes on record."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from tests.contracts.small_model import small_minilm

from nlpref import storage
from nlpref.classification import FewShotClassifier, FrozenEncoderClassifier, PerceptronClassifier, TfidfClassifier
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.decisions import OutOfScopeClassifier
from nlpref.decisions.scope import Energy, Mahalanobis, MaximumProbability, NearestNeighbours
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.layered import LayeredEncoder
from nlpref.storage import load_component
from nlpref.tasks import task_named
from nlpref.types import LabelledText

CHANCES = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6, "e": 0.65, "f": 0.75}
TRAIN = [LabelledText("a", "no"), LabelledText("b", "yes")]
VALIDATION = [LabelledText(text, "yes") for text in "abcd"]
SURE = [MaximumProbability()]


class ByHeart(BaseEstimator):
    """Knows how likely "yes" is for each text; keeps what it was fitted on."""

    def __init__(self, chances: Mapping[str, float]) -> None:
        self.chances = chances

    @property
    def labels(self) -> tuple[str, ...]:
        if not hasattr(self, "learnt"):
            raise NotFittedError("ByHeart is not fitted yet")
        return ("no", "yes")

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Self:
        self.learnt, self.validation = list(train), list(validation)
        return self

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        yes = np.array([self.chances[text] for text in texts])
        return np.stack([1 - yes, yes], axis=1).astype(np.float32)

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder).fit(TRAIN)


def rejecting(**settings: Any) -> OutOfScopeClassifier:
    return OutOfScopeClassifier(ByHeart(CHANCES), **{"scorers": SURE, "in_scope_accuracy": 0.5, "confidence": 0.6, **settings})


def test_threshold_and_probabilities_by_hand() -> None:
    """Half may be lost, save with chance 0.4: of four, one loss has p = 5/16 and two have 11/16, so d alone is rejected."""
    model = rejecting().fit(TRAIN, VALIDATION)
    logs = np.log(list(CHANCES.values()))
    mean, spread = logs[:4].mean(), logs[:4].std()
    assert model.threshold_.value == pytest.approx((np.log(0.7) - mean) / spread, abs=1e-5)
    assert (model.threshold_.lost, model.threshold_.rejected, model.threshold_.examples) == (0.25, 0.25, 4)
    assert model.labels == ("no", "oos", "yes")
    rows = model.predict_proba(list("abcdef"))
    assert [model.labels[best] for best in rows.argmax(axis=1)][:2] == ["yes", "yes"]
    assert [model.labels[best] for best in rows.argmax(axis=1)][3:] == ["oos", "oos", "yes"]
    weight = 0.65 * np.exp(np.log(0.7 / 0.65) / spread)
    assert rows[4] == pytest.approx(np.array([0.35, weight, 0.65]) / (1 + weight), abs=1e-5)


def test_a_share_that_may_be_rejected() -> None:
    made = rejecting(in_scope_accuracy=None, rejected=0.5, confidence=0.3).fit(TRAIN, [LabelledText(t, "no") for t in "abcd"])
    assert (made.threshold_.rejected, made.threshold_.lost) == (0.5, 0.5)  # that all labels are wrong does not matter


def test_what_cannot_be_promised_is_told_and_rejects_nothing(caplog: pytest.LogCaptureFixture) -> None:
    model = rejecting(in_scope_accuracy=0.95).fit(TRAIN, VALIDATION)
    assert "in_scope_accuracy=0.95 with confidence=0.6 cannot be promised, so nothing is rejected" in caplog.text
    assert "on 4 held-out examples the classifier alone is right on 100.0 %" in caplog.text
    rows = model.predict_proba(list("abcd"))
    assert (rows[:, 1] < 1e-20).all()
    assert rows[:, 2] == pytest.approx([0.9, 0.8, 0.7, 0.6])


def test_nothing_is_learnt_from_texts_out_of_scope_nor_from_validation(caplog: pytest.LogCaptureFixture) -> None:
    outside = [LabelledText("f", "oos")]
    model, without = rejecting(), rejecting().fit(TRAIN, VALIDATION)
    model.fit([*TRAIN, *outside], [*VALIDATION, *outside])
    assert "1 examples of train have the label oos" in caplog.text
    assert (model.classifier.learnt, model.classifier.validation) == (TRAIN, [])
    assert model.threshold_ == without.threshold_


def test_without_validation_a_fifth_of_train_is_held_out() -> None:
    train = [LabelledText(text, label) for label in ("no", "yes") for text in "abcde"]
    for model in (rejecting().fit(train), rejecting(use_validation=False).fit(train, VALIDATION)):
        assert len(model.classifier.learnt) == 8
        assert model.threshold_.examples == 2


def test_a_fitted_classifier_is_taken_as_it_is() -> None:
    inside = ByHeart(CHANCES).fit(TRAIN[:1])
    model = OutOfScopeClassifier(inside, SURE, 0.5, confidence=0.6, fit_classifier=False).fit(TRAIN, VALIDATION)
    assert inside.learnt == TRAIN[:1]
    assert clone(model).fit(TRAIN, VALIDATION).threshold_ == model.threshold_
    with pytest.raises(InputError, match="needs a validation split"):
        model.fit(TRAIN)
    with pytest.raises(InputError, match="must be fitted already"):
        rejecting(fit_classifier=False).fit(TRAIN, VALIDATION)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"scorers": []}, "at least one"),
        ({"scorers": "energy"}, "at least one, got 'energy'"),
        ({"scorers": SURE * 2}, "a name of its own"),
        ({"scorers": [MaximumProbability(name="combined")]}, "other than 'combined'"),
        ({"scorers": [Energy()]}, "'energy' needs margins"),
        ({"scorers": [NearestNeighbours()]}, "'nearest_neighbours' needs features"),
        ({"in_scope_accuracy": None}, "one of the two; got None and None"),
        ({"rejected": 0.1}, "one of the two; got 0.5 and 0.1"),
        ({"in_scope_accuracy": 1.0}, "nothing is certain; got 1.0"),
        ({"confidence": 0.0}, "with confidence=0.0"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings: dict[str, Any], named: str) -> None:
    model = rejecting(**settings)
    with pytest.raises(InputError, match=named):
        model.fit(TRAIN, VALIDATION)
    with pytest.raises(NotFittedError):
        model.predict_proba(["a"])


def test_a_label_that_train_has_for_texts_out_of_scope_alone() -> None:
    with pytest.raises(InputError, match="at least two labels in train, got \\['yes'\\]"):
        rejecting(label="no").fit(TRAIN, VALIDATION)


def texts(label: str, *words: str) -> list[LabelledText]:
    frames = ("where is my {}", "i lost the {} again", "please help with {}", "the {} is not right", "tell me about {}")
    return [LabelledText(frame.format(word), label) for word in words for frame in frames]


INSIDE = [*texts("card", "card", "pin", "visa", "bank card"), *texts("parcel", "parcel", "delivery", "package", "order")]
HELD = [*texts("card", "credit card", "debit card"), *texts("parcel", "my package", "late delivery")]
OUTSIDE = [LabelledText(text, "oos") for text in ("who wrote hamlet", "play some jazz", "how tall is everest", "cook me rice")]


def test_what_goes_on_record(tmp_path: Path) -> None:
    """Every score beside the combined one; what is there inside is compared before rejection."""
    training = PerceptronTraining(epochs=20, batch_size=8, learning_rate=3e-3)
    inside = PerceptronClassifier(LayeredEncoder(small_minilm()), 32, training, cache=False)
    model = OutOfScopeClassifier(inside, in_scope_accuracy=0.7).fit(INSIDE, HELD)
    found = task_named("classification").evaluate(model, [*HELD, *OUTSIDE])
    predicted = [row["predicted"] for row in found.rows]
    accuracy = np.mean([one == example.label for one, example in zip(predicted, HELD, strict=False)])
    assert found.metrics["in_scope_accuracy"].value == pytest.approx(accuracy)
    assert found.metrics["out_of_scope_recall"].value == pytest.approx(np.mean([one == "oos" for one in predicted[len(HELD) :]]))
    scores = model.scope_scores([example.text for example in [*HELD, *OUTSIDE]])
    assert list(scores) == ["maximum_probability", "energy", "mahalanobis", "nearest_neighbours", "combined"]
    assert found.details["scope_scores"].keys() == scores.keys()
    assert found.details["scope_scores"]["combined"]["auroc"]["value"] == found.metrics["out_of_scope_auroc"].value > 0.7
    assert found.details["scope_threshold"]["promised"] == {"in_scope_accuracy": 0.7, "confidence": 0.9}
    assert found.details["long_texts"] == {"cut": 0}
    rejected = scores["combined"] < (model.threshold_.value or -np.inf)
    assert rejected.tolist() == [one == "oos" for one in predicted]
    model.save(tmp_path / "model")
    assert load_component(tmp_path / "model").scope_scores(["who wrote hamlet"])["combined"] == pytest.approx(
        scores["combined"][-4]
    )


def test_splits_of_one_kind_are_recorded_as_far_as_they_go() -> None:
    model = OutOfScopeClassifier(TfidfClassifier(C=1.0), SURE, 0.5).fit(INSIDE, HELD)
    found = task_named("classification").evaluate(model, HELD)
    assert {"in_scope_accuracy", "out_of_scope_recall"} & found.metrics.keys() == {"in_scope_accuracy"}
    assert found.details["scope_scores"] == {}
    assert "out_of_scope_recall" in task_named("classification").evaluate(model, OUTSIDE).metrics


def test_an_encoder_beside_a_classifier_without_features() -> None:
    encoder = SentenceEncoder(small_minilm())
    model = OutOfScopeClassifier(TfidfClassifier(C=1.0), [NearestNeighbours(k=1)], 0.6, encoder=encoder).fit(INSIDE, HELD)
    similar = model.scope_scores([INSIDE[0].text, "who wrote hamlet"])["nearest_neighbours"]
    known = encoder.encode([example.text for example in INSIDE])
    assert similar == pytest.approx((encoder.encode([INSIDE[0].text, "who wrote hamlet"]) @ known.T).max(axis=1), abs=1e-5)
    with pytest.raises(InputError, match="at least one text"):
        model.scope_scores([])


def test_what_a_score_lacks_is_told_before_anything_is_trained() -> None:
    inside = TfidfClassifier(C=1.0)
    with pytest.raises(
        InputError, match=r"'energy' needs margins of the texts, which TfidfClassifier does not show; give .*frozen"
    ):
        OutOfScopeClassifier(inside, in_scope_accuracy=0.6).fit(INSIDE, HELD)
    with pytest.raises(InputError, match=r"'mahalanobis' needs features .* or an encoder"):
        OutOfScopeClassifier(inside, [Mahalanobis()], 0.6).fit(INSIDE, HELD)
    assert not hasattr(inside, "head_")


@pytest.mark.parametrize("kind", [FrozenEncoderClassifier, FewShotClassifier])
def test_all_scores_of_a_frozen_encoder(kind: type) -> None:
    model = OutOfScopeClassifier(kind(SentenceEncoder(small_minilm()), cache=False), in_scope_accuracy=0.6).fit(INSIDE, HELD)
    scores = model.scope_scores([example.text for example in [*HELD, *OUTSIDE]])["combined"]
    assert scores[: len(HELD)].mean() > scores[len(HELD) :].mean()


@pytest.fixture(autouse=True)
def all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nlpref")
