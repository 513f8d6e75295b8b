"""Learning from uncertain labels: certain weights are labels, doubt makes less sure, and what does not fit is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.contracts.small_model import small_minilm

from nlpref.classification import FrozenEncoderClassifier, TfidfClassifier, TransformerClassifier
from nlpref.classification.targets import Targets
from nlpref.errors import InputError
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.static import StaticEncoder
from nlpref.protocols import SoftTextClassifier
from nlpref.types import LabelledText

TRAIN = [LabelledText(f"{words} {n}", label) for n in range(8) for label, words in (("a", "red lamp"), ("b", "blue chair"))]
HARD = np.array([[1.0, 0.0] if example.label == "a" else [0.0, 1.0] for example in TRAIN])
QUICK = FineTuning(epochs=4, learning_rate=1e-3, batch_size=8)
TEXTS = ["red", "blue chair", "lamp 3", ""]
MODELS: list[Any] = [
    TfidfClassifier(grid=[0.3, 1.0], refit=False),
    FrozenEncoderClassifier(StaticEncoder(dim=32), C=10.0, cache=False),
    TransformerClassifier(small_minilm(), QUICK, max_length=8, layers=1, label_smoothing=0.0),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_weights_of_certain_labels_are_labels(model: Any) -> None:
    plain = model.fit(TRAIN, TRAIN[:4]).predict_proba(TEXTS)
    np.testing.assert_allclose(model.fit_soft(TRAIN, HARD, TRAIN[:4]).predict_proba(TEXTS), plain, atol=1e-4)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_doubt_makes_less_sure(model: Any) -> None:
    sure = model.fit_soft(TRAIN, HARD).predict_proba(["red lamp 1"])[0, 0]
    doubtful = model.fit_soft(TRAIN, 0.6 * HARD + 0.4 * (1 - HARD)).predict_proba(["red lamp 1"])[0, 0]
    assert 0.5 < doubtful < sure
    assert isinstance(model, SoftTextClassifier)


def test_the_loss_is_the_expected_one() -> None:
    """Against scikit-learn on the repeated rows."""
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng(0)
    features, weights = generator.normal(size=(30, 3)), generator.dirichlet([1, 1, 1], 30)
    names = ["x", "y", "z"]
    targets = Targets.of([names[code] for code in weights.argmax(axis=1)], names, weights)
    ours = targets.train(LogisticRegression(tol=1e-8, max_iter=500), features, np.arange(30))
    theirs = LogisticRegression(tol=1e-8, max_iter=500).fit(
        np.repeat(features, 3, axis=0), np.tile([0, 1, 2], 30), sample_weight=weights.ravel()
    )
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-3)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (HARD[:, :1], r"with 2 labels, got \(16, 1\)"),
        (np.vstack([HARD, HARD]), r"got \(32, 2\)"),
        (-HARD, "not negative"),
        (HARD * np.nan, "finite"),
        (np.tile([1.0, 0.0], (16, 1)), "each label must have some"),
    ],
)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_weights_that_do_not_fit(model: Any, weights: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        model.fit_soft(TRAIN, weights)
