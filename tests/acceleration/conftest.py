"""Small trained models and texts of unequal lengths for the fast path."""

from __future__ import annotations

import pytest
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm

from nlpref.classification import TransformerClassifier
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.finetuning import FineTuning
from nlpref.tagging import FewShotTagger, TransformerTagger

QUICK = FineTuning(epochs=3, learning_rate=1e-3, batch_size=8)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return [*given.TEXTS, *(example.text for example in given.LABELLED), "a parcel " * 9, "x"]


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(small_minilm(), max_length=40, batch_size=4)


@pytest.fixture(scope="session")
def classifier() -> TransformerClassifier:
    return TransformerClassifier(small_minilm(), QUICK, max_length=32, layers=1, seed=3).fit(given.TRAIN_TEXTS)


@pytest.fixture(scope="session")
def tagger() -> TransformerTagger:
    return TransformerTagger(small_minilm(), QUICK, max_length=24, overlap=8, layers=1, seed=3).fit(given.TRAIN_TAGGED)


@pytest.fixture(scope="session")
def few_shot_tagger() -> FewShotTagger:
    return FewShotTagger(small_minilm(), QUICK, max_length=24, overlap=8, layers=2, frozen=1).fit(given.TRAIN_TAGGED)
