"""What is done about rare labels: against scikit-learn's own weights, by counting, and where it cannot be done."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_class_weight
from tests.contracts.small_model import small_minilm

from nlpref.classification import FrozenEncoderClassifier, PerceptronClassifier, TfidfClassifier, TransformerClassifier
from nlpref.classification.balancing import Balancing
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.classification.targets import Targets
from nlpref.errors import InputError
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.settings import Lora
from nlpref.neural.static import StaticEncoder
from nlpref.types import LabelledText

CODES = st.lists(st.integers(0, 4), min_size=2, max_size=60).map(np.array)
USUAL = [LabelledText(f"my card {n}", "usual") for n in range(24)]
RARE = [*USUAL, *(LabelledText(f"my card or pin {n}", "rare") for n in range(3))]
QUICK = FineTuning(epochs=2, learning_rate=1e-3, batch_size=8)
STRONG = Balancing("balanced", "balanced", focal=2.0)


def tfidf(**settings: Any) -> TfidfClassifier:
    return TfidfClassifier(C=1.0, **settings)


def frozen(**settings: Any) -> FrozenEncoderClassifier:
    return FrozenEncoderClassifier(StaticEncoder(dim=32), C=10.0, cache=False, **settings)


def perceptron(**settings: Any) -> PerceptronClassifier:
    training = PerceptronTraining(epochs=12, batch_size=8, learning_rate=3e-3, dropout=0.1)
    return PerceptronClassifier(StaticEncoder(dim=32), 16, training, cache=False, **settings)


def transformer(**settings: Any) -> TransformerClassifier:
    return TransformerClassifier(small_minilm(), QUICK, max_length=16, layers=1, **settings)


@given(CODES)
def test_balanced_weights_are_scikit_learns(codes: np.ndarray) -> None:
    names, counts = np.unique(codes, return_counts=True)
    found = Balancing("balanced").label_weights([str(name) for name in names], counts)
    assert found == pytest.approx(compute_class_weight("balanced", classes=names, y=codes))


@given(CODES, st.integers(0, 9))
def test_balanced_sampling_repeats_all_examples_about_as_often(codes: np.ndarray, seed: int) -> None:
    drawn = Balancing(sampling="balanced").drawn(codes, seed)
    most = np.unique(codes, return_counts=True)[1].max()
    assert set(drawn.tolist()) == set(range(len(codes)))
    assert set(Counter(codes[drawn].tolist()).values()) == {most}
    for code in np.unique(codes):
        times = np.bincount(drawn, minlength=len(codes))[codes == code]
        assert times.max() - times.min() <= 1
    assert (Balancing(sampling="balanced").drawn(codes, seed) == drawn).all()
    assert Balancing().drawn(codes, seed).tolist() == list(range(len(codes)))


SOME = np.random.default_rng(0).normal(size=(40, 3))
NAMED = np.random.default_rng(1).choice(["w", "x", "y"], 40, p=[0.6, 0.3, 0.1])


def learnt(estimator: Any, balancing: Balancing) -> np.ndarray:
    targets = Targets.of(NAMED.tolist(), ["w", "x", "y"], None, balancing)
    return targets.train(estimator, SOME, np.arange(40)).coef_


@pytest.mark.parametrize("weight", ["balanced", {"x": 3.0}], ids=str)
def test_a_regression_learns_as_with_scikit_learns_class_weight(weight: Any) -> None:
    expected = LogisticRegression(tol=1e-8, max_iter=1000, class_weight=weight).fit(SOME, NAMED).coef_
    np.testing.assert_allclose(learnt(LogisticRegression(tol=1e-8, max_iter=1000), Balancing(weight)), expected, atol=1e-3)


@pytest.mark.parametrize("estimator", [LogisticRegression(tol=1e-8, max_iter=1000), LinearSVC(tol=1e-8, max_iter=100_000)])
def test_a_weight_of_three_is_to_be_there_three_times(estimator: Any) -> None:
    rows = np.repeat(np.arange(40), np.where(NAMED == "x", 3, 1))
    expected = clone(estimator).fit(SOME[rows], NAMED[rows]).coef_
    np.testing.assert_allclose(learnt(estimator, Balancing({"x": 3.0})), expected, atol=1e-3)


def test_uncertain_labels_are_weighted_by_their_expected_number() -> None:
    weights = np.array([[0.9, 0.1], [0.5, 0.5], [0.8, 0.2], [0.8, 0.2]])
    targets = Targets.of(["a", "a", "a", "b"], ["a", "b"], weights, Balancing("balanced"))
    assert targets.label_weights(np.arange(4)) == pytest.approx([4 / (2 * 3), 4 / (2 * 1)])


@pytest.mark.parametrize("make", [tfidf, frozen, perceptron, transformer])
@pytest.mark.parametrize("balancing", [Balancing("balanced"), Balancing(sampling="balanced"), Balancing({"rare": 8.0})], ids=str)
def test_a_rare_label_is_told_more_readily(make: Any, balancing: Balancing) -> None:
    text, rare = ["my card or phone"], 0
    plain = make().fit(RARE).predict_proba(text)[0, rare]
    assert make(balancing=balancing).fit(RARE).predict_proba(text)[0, rare] > plain


@pytest.mark.parametrize("make", [perceptron, transformer])
def test_focal_loss_makes_less_sure_of_what_is_easy(make: Any) -> None:
    texts = [example.text for example in RARE[:5]]
    plain = make().fit(RARE).predict_proba(texts).max(axis=1).mean()
    assert make(balancing=Balancing(focal=4.0)).fit(RARE).predict_proba(texts).max(axis=1).mean() < plain


@pytest.mark.parametrize(
    "make",
    [
        lambda: tfidf(balancing=Balancing("balanced", "balanced"), grid=(0.3, 1.0)),
        lambda: frozen(balancing=Balancing("balanced", "balanced")),
        lambda: perceptron(balancing=STRONG),
        lambda: transformer(balancing=STRONG, lora=Lora(2, 4)),
        lambda: transformer(balancing=STRONG, head_start=None),
    ],
    ids=["tfidf", "frozen", "perceptron", "transformer with adapters", "transformer"],
)
@pytest.mark.parametrize("validated", [True, False])
def test_a_label_seen_once_and_one_that_validation_lacks(make: Any, validated: bool) -> None:
    train = [*RARE, LabelledText("password forgotten", "once")]
    validation = [example for example in RARE[::5] if example.label == "usual"] if validated else []
    model = make().fit(train, validation)
    probabilities = model.predict_proba([train[-1].text, train[0].text])
    assert model.labels == ("once", "rare", "usual")
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(probabilities).all()
    assert probabilities[0, 0] > probabilities[1, 0]


@pytest.mark.parametrize("make", [tfidf, frozen])
def test_a_linear_classifier_has_no_focal_loss(make: Any) -> None:
    with pytest.raises(InputError, match="focal=2: a linear classifier has a loss of its own"):
        make(balancing=Balancing(focal=2.0)).fit(RARE)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"class_weight": "rare"}, "class_weight must be 'balanced', a weight for each label, or None; got 'rare'"),
        ({"class_weight": {"a": 0.0}}, "weights of labels must be positive numbers"),
        ({"class_weight": {"a": True}}, "weights of labels must be positive numbers"),
        ({"sampling": "all"}, "sampling must be 'as_is' or 'balanced', got 'all'"),
        ({"focal": -1.0}, "focal must be an exponent of 0 or more"),
        ({"focal": float("nan")}, "focal must be an exponent of 0 or more"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Balancing(**settings)


@pytest.mark.parametrize("make", [tfidf, frozen, perceptron, transformer])
def test_a_weight_for_a_label_that_is_not_there(make: Any) -> None:
    with pytest.raises(InputError, match=r"class_weight names labels that train lacks: \['often'\]"):
        make(balancing=Balancing({"often": 2.0})).fit(RARE)
