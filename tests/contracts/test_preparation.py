"""The law of the pipeline: prepared text is what fit and predict see, and the preparation is saved with the model.

So a model with a preparation is the same as one without that learns from, and predicts for, texts prepared beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm

from nlpref import classification, storage
from nlpref.classification import (
    ConvolutionalClassifier,
    LogisticClassifier,
    NaiveBayesClassifier,
    RecurrentClassifier,
    TfidfClassifier,
    TransformerClassifier,
)
from nlpref.classification.word_training import WordTraining
from nlpref.neural.settings import FineTuning
from nlpref.text import Casing, Emoji, Hashtags, Preparation, SnowballStemmer, TweetTokeniser, WhitespaceTokeniser
from nlpref.types import LabelledText

Make = Callable[[Preparation], Any]
PREPARATION = Preparation([Hashtags(), Emoji("token"), Casing("upper"), Casing()], TweetTokeniser(), SnowballStemmer())
AS_IT_IS = Preparation(tokeniser=WhitespaceTokeniser())
SHORT = WordTraining(epochs=2, batch_size=8)
BRIEF = FineTuning(epochs=2, learning_rate=1e-3, batch_size=8)
FAMILIES: dict[str, Make] = {
    "TfidfClassifier": lambda p: TfidfClassifier(C=1.0, preparation=p),
    "NaiveBayesClassifier": lambda p: NaiveBayesClassifier(alpha=0.3, preparation=p),
    "LogisticClassifier": lambda p: LogisticClassifier(C=1.0, preparation=p),
    "RecurrentClassifier": lambda p: RecurrentClassifier(8, 8, SHORT, preparation=p),
    "ConvolutionalClassifier": lambda p: ConvolutionalClassifier(8, 4, (1, 2), SHORT, preparation=p),
    "TransformerClassifier": lambda p: TransformerClassifier(small_minilm(), BRIEF, 32, layers=1, preparation=p),
}
TEXTS = [*given.TEXTS, "Where ARE my #LostParcels \U0001f642 :-)", "REFUNDING cancelled ordering"]


def prepared_text_is_what_it_sees(make: Make, folder: Path) -> None:
    model = make(PREPARATION).fit(given.TRAIN_TEXTS, given.VALIDATION_TEXTS)
    plain = make(AS_IT_IS).fit(_prepared(given.TRAIN_TEXTS), _prepared(given.VALIDATION_TEXTS))
    expected = plain.predict_proba([PREPARATION(text) for text in TEXTS])
    model.save(folder)
    loaded = storage.load_component(folder, ("nlpref", "tests"))
    assert loaded.preparation == PREPARATION
    for one in (model, loaded):
        assert np.abs(one.predict_proba(TEXTS) - expected).max() < 1e-6


def _prepared(examples: Sequence[LabelledText]) -> list[LabelledText]:
    return [LabelledText(PREPARATION(example.text), example.label) for example in examples]


def test_every_family_with_a_preparation_is_here() -> None:
    kinds = {getattr(classification, name) for name in classification.__all__}
    assert {kind.__name__ for kind in kinds if "preparation" in signature(kind).parameters} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_law(family: str, tmp_path: Path) -> None:
    prepared_text_is_what_it_sees(FAMILIES[family], tmp_path / "model")


class ForgetsToPrepare(TfidfClassifier):
    """Prepares what it learns from, and not what it predicts for."""

    def predict_proba(self, texts: Sequence[str]) -> Any:
        kept, self.preparation = self.preparation, None
        try:
            return super().predict_proba(texts)
        finally:
            self.preparation = kept


class LearnsFromRawText(NaiveBayesClassifier):
    """Prepares what it predicts for, and not what it learns from."""

    def fit(self, train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> Any:
        kept, self.preparation = self.preparation, None
        super().fit([LabelledText(f"{one.text.upper()}S", one.label) for one in train])
        self.preparation = kept
        return self


@pytest.mark.parametrize("kind", [ForgetsToPrepare, LearnsFromRawText])
def test_the_law_rejects_a_broken_family(kind: type, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        prepared_text_is_what_it_sees(lambda p: kind(preparation=p), tmp_path / "model")
