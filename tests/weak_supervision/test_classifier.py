"""The classifier that learns from votes: what it looks at, what it leaves out, and the target on public data."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from omegaconf import OmegaConf

from nlpref.classification import CascadeClassifier, TfidfClassifier
from nlpref.config import build, config_dir
from nlpref.data.public import wrench_youtube
from nlpref.errors import InputError
from nlpref.types import LabelledText
from nlpref.weak_supervision import (
    ABSTAIN,
    GenerativeLabelModel,
    KeywordFunction,
    MajorityVote,
    ModelFunction,
    WeaklySupervisedClassifier,
    apply,
)
from nlpref.weak_supervision.classifier import UNLABELLED
from nlpref.weak_supervision.gold import draw_gold

RULES = [KeywordFunction("cheap", ["cheap"], "spam"), KeywordFunction("song", ["song"], "ham")]
TEXTS = [f"{words} {n}" for n in range(12) for words in ("cheap watches sale", "lovely song today")]
TRAIN = [LabelledText(text, UNLABELLED) for text in TEXTS]
UNCOVERED = [LabelledText("watches sale now", UNLABELLED), LabelledText("rain", UNLABELLED)]


class Recorder(TfidfClassifier):
    """Remembers what it was trained on."""

    def fit_soft(self, train: Any, weights: NDArray[np.floating], validation: Any = ()) -> Any:
        self.given_, self.weights_ = list(train), weights
        return super().fit_soft(train, weights, validation)


def weak(**settings: Any) -> WeaklySupervisedClassifier:
    return WeaklySupervisedClassifier(
        **{"functions": RULES, "label_model": MajorityVote(), "classifier": Recorder(C=1.0), **settings}
    )


def answers(model: WeaklySupervisedClassifier, texts: list[str]) -> list[str]:
    return [model.labels[row.argmax()] for row in model.predict_proba(texts)]


def test_learns_words_that_no_function_names() -> None:
    model = weak().fit(TRAIN)
    assert answers(model, ["a sale of watches", "lovely today"]) == ["spam", "ham"]
    assert model.training_.texts == model.training_.covered == 24


def test_labels_are_not_looked_at_but_for_the_gold() -> None:
    wrong = [LabelledText(text, "ham" if "cheap" in text else "spam") for text in TEXTS]
    assert np.array_equal(weak().fit(wrong, wrong).predict_proba(TEXTS), weak().fit(TRAIN).predict_proba(TEXTS))
    few = weak(gold=4).fit(wrong)
    codes = draw_gold(wrong, ("ham", "spam"), 4, 0)
    known = few.classifier.weights_[codes != ABSTAIN]
    assert few.training_.gold == 4
    drawn = [example for example, code in zip(wrong, codes, strict=True) if code != ABSTAIN]
    assert known.tolist() == [[0, 1] if "song" in example.text else [1, 0] for example in drawn]
    corrected = [one.label for one in few.classifier.given_ if ("cheap" in one.text) == (one.label == "ham")]
    assert sorted(corrected) == ["ham", "ham", "spam", "spam"]
    heavy = weak(gold=4, gold_weight=5.0).fit(wrong)
    assert sorted(heavy.classifier.weights_.sum(axis=1).tolist()) == [1.0] * 20 + [5.0] * 4


def test_uncovered_texts_are_left_out_or_filled() -> None:
    out = weak().fit([*TRAIN, *UNCOVERED])
    assert (out.training_.covered, out.training_.filled, len(out.classifier.given_)) == (24, 0, 24)
    filled = weak(uncovered="self_training", sure_from=0.6).fit([*TRAIN, *UNCOVERED])
    assert (filled.training_.covered, filled.training_.filled) == (24, 1)
    assert filled.classifier.given_[-1] == LabelledText("watches sale now", "spam")
    assert weak(uncovered="self_training", sure_from=1.0).fit([*TRAIN, *UNCOVERED]).training_.filled == 0


def test_a_classifier_that_knows_no_weights_gets_the_most_probable_labels() -> None:
    stages = [TfidfClassifier(char_ngrams=None, C=1.0), TfidfClassifier(C=1.0)]
    model = weak(classifier=CascadeClassifier(stages, target_accuracy=0.5)).fit(TRAIN)
    assert answers(model, ["a sale of watches"]) == ["spam"]


def test_what_was_learned_and_what_votes_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    idle = KeywordFunction("idle", ["zebra"], "ham")
    oracle = ModelFunction(
        "model", TfidfClassifier(C=1.0).fit([LabelledText(f"{w} {n}", w) for n in range(5) for w in "ab"]), 0.9
    )
    functions = [*RULES, idle, ModelFunction("model", oracle.classifier, 0.99, {"a": "ham"})]
    with caplog.at_level(logging.WARNING):
        model = weak(functions=functions, label_model=GenerativeLabelModel(), classifier=TfidfClassifier(C=1.0)).fit(TRAIN)
    assert "labelling function 'idle' abstains on every text" in caplog.text
    examples = [LabelledText("cheap song", "spam"), LabelledText("cheap", "spam"), LabelledText("rain", "ham")]
    model.save(tmp_path / "weak")
    loaded = WeaklySupervisedClassifier.load(tmp_path / "weak")
    assert loaded.training_ == model.training_
    assert loaded.describe_functions(examples) == model.describe_functions(examples)
    cheap, _, third, _ = loaded.describe_functions(examples)
    assert (cheap["coverage"], cheap["accuracy"], cheap["conflicts"]) == (pytest.approx(2 / 3), 1.0, pytest.approx(1 / 3))
    assert cheap["believed"] > 0.9
    assert (third["warning"], third["believed"]) == ("abstains on every text", None)


@pytest.mark.parametrize(
    ("settings", "train", "message"),
    [
        ({"functions": [RULES[0]]}, TRAIN, r"at least two labels .* got \['spam'\]"),
        ({"functions": []}, TRAIN, "one at least"),
        ({"label_model": object()}, TRAIN, "label_model must have fit"),
        ({"classifier": "tfidf"}, TRAIN, "classifier be a text classifier"),
        ({"gold": -1}, TRAIN, "gold must be a number"),
        ({"gold": 3}, TRAIN, "3 gold labels are to be drawn, and 0 of the 24 examples are labelled"),
        ({"gold_weight": 0}, TRAIN, "gold_weight above 0"),
        ({"uncovered": "guess"}, TRAIN, "'leave_out' or 'self_training'"),
        ({"sure_from": 1.5}, TRAIN, "sure_from a probability"),
        ({}, UNCOVERED, "none of the 2 labelling functions votes"),
        ({}, TRAIN[::2], "no training text is most probably 'ham'"),
        ({}, [LabelledText("cheap", "eggs")], "'eggs', which no labelling function votes for"),
    ],
)
def test_what_does_not_fit_is_named(settings: dict[str, Any], train: list[LabelledText], message: str) -> None:
    with pytest.raises(InputError, match=message):
        weak(**settings).fit(train)


def test_gold_is_balanced_while_there_is_enough() -> None:
    examples = [LabelledText(str(n), "a" if n < 2 else "b") for n in range(20)]
    for seed in range(4):
        known = draw_gold(examples, ["a", "b"], 7, seed)
        assert np.bincount(known[known >= 0]).tolist() == [2, 5]
    assert (draw_gold(examples, ["a", "b"], 7, 0) != draw_gold(examples, ["a", "b"], 7, 1)).any()


@pytest.mark.real_data
def test_the_functions_for_comments_are_learned_to_be_trusted() -> None:
    """On the comments that they were written from: what the label model believes of them is nearly true."""
    functions = build(OmegaConf.load(config_dir() / "labelling" / "youtube_comments.yaml"))["functions"]
    train = wrench_youtube().split("train")
    votes = apply(functions, [example.text for example in train])
    assert votes.covered.mean() > 0.95
    truth = np.array([votes.labels.index(example.label) for example in train])
    model = GenerativeLabelModel(strength=100.0).fit(votes)
    right = model.predict_proba(votes).argmax(axis=1) == truth
    assert right[votes.covered].mean() > 0.94 > (MajorityVote().predict_proba(votes).argmax(axis=1) == truth).mean() + 0.02
    gold = [(votes.table[:, f] == truth)[votes.table[:, f] >= 0].mean() for f in range(len(functions))]
    assert np.abs(model.accuracies_ - gold).max() < 0.12
