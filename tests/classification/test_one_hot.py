"""One-hot words: naive Bayes and logistic regression, against scikit-learn's and by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, MultinomialNB

from nlpref.classification import LogisticClassifier, NaiveBayesClassifier
from nlpref.classification.bayes import LinearNaiveBayes
from nlpref.classification.one_hot import OneHotFeatures
from nlpref.errors import InputError
from nlpref.text import WordTokeniser
from nlpref.types import LabelledText

TRAIN = [LabelledText("a a b", "x"), LabelledText("a c", "x"), LabelledText("c d", "y")]


def test_features_by_hand(tmp_path: Path) -> None:
    features = OneHotFeatures()
    made = features.fit_transform([["b", "a", "a"], ["a"], []])
    assert features.vocabulary.words == ("a", "b")
    assert made.toarray().tolist() == [[1, 1], [1, 0], [0, 0]]
    assert made.dtype == np.float32
    assert features.transform([["z", "b", "b"]]).toarray().tolist() == [[0, 1]]
    assert features.transform([]).shape == (0, 2)
    features.save(tmp_path)
    assert OneHotFeatures().restore(tmp_path).transform([["b"]]).toarray().tolist() == [[0, 1]]
    with pytest.raises(InputError, match="none of them in 3 texts"):
        OneHotFeatures(min_df=3).fit_transform([["a"], ["a"]])


@settings(max_examples=40)
@given(
    features=arrays(np.float64, (12, 5), elements=st.sampled_from([0.0, 1.0])),
    n_labels=st.integers(2, 4),
    alpha=st.floats(0.01, 3),
)
def test_naive_bayes_is_that_of_scikit_learn(features: np.ndarray, n_labels: int, alpha: float) -> None:
    targets = np.arange(12) % n_labels
    for event, oracle in (("multinomial", MultinomialNB), ("bernoulli", BernoulliNB)):
        mine = LinearNaiveBayes(alpha, event).fit(sparse.csr_matrix(features), targets)  # type: ignore[arg-type]
        theirs = oracle(alpha=alpha).fit(features, targets).predict_joint_log_proba(features)
        found = mine.decision_function(features)
        assert found == pytest.approx(theirs[:, 1] - theirs[:, 0] if n_labels == 2 else theirs, abs=1e-9)


def test_naive_bayes_by_hand() -> None:
    """Presence of a b c d: x has (a b), (a c); y has (c d). With alpha 1: p(a|x) = 3/8, p(a|y) = 1/6."""
    model = NaiveBayesClassifier(alpha=1.0).fit(TRAIN)
    model_margins = model.features_.transform([["a"]]) @ model.head_.weights + model.head_.bias
    expected = math.log(2 / 3 * 3 / 8) - math.log(1 / 3 * 1 / 6)
    assert float(model_margins[0, 0] - model_margins[0, 1]) == pytest.approx(model.choice_.scale * expected, abs=1e-5)
    assert model.choice_.C == 1.0


def test_logistic_regression_is_that_of_scikit_learn(train: list[LabelledText], held_out: list[LabelledText]) -> None:
    model = LogisticClassifier(C=2.0).fit(train)
    split = WordTokeniser()
    features = OneHotFeatures()
    learned = features.fit_transform([split(example.text.lower()) for example in train])
    oracle = LogisticRegression(C=2.0, tol=1e-4, max_iter=1000).fit(learned, [example.label for example in train])
    texts = [example.text for example in held_out]
    margins = oracle.decision_function(features.transform([split(text.lower()) for text in texts])) * model.choice_.scale
    expected = np.exp(margins - margins.max(axis=1, keepdims=True))
    assert model.predict_proba(texts) == pytest.approx(expected / expected.sum(axis=1, keepdims=True), abs=1e-4)


@pytest.mark.parametrize("kind", [NaiveBayesClassifier, LogisticClassifier])
def test_they_learn_choose_and_are_calibrated(
    kind: type, train: list[LabelledText], validation: list[LabelledText], held_out: list[LabelledText]
) -> None:
    model = kind().fit(train, validation)
    assert set(model.choice_.accuracy) == set(model.grid)
    probabilities = model.predict_proba([example.text for example in held_out])
    right = np.mean([model.labels[p.argmax()] == e.label for p, e in zip(probabilities, held_out, strict=True)])
    assert right > 0.75  # a fifth of the texts tells its label in no word
    assert abs(probabilities.max(axis=1).mean() - right) < 0.12


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="event is 'poisson'"):
        NaiveBayesClassifier("poisson", alpha=1.0).fit(TRAIN)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="alpha and the values of its grid must be positive numbers, got alpha=0"):
        NaiveBayesClassifier(alpha=0).fit(TRAIN)
    with pytest.raises(InputError, match="C and the values"):
        LogisticClassifier(C=-1).fit(TRAIN)
