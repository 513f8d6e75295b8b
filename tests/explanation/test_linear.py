"""Contributions of linear classifiers are exact: they add up to the logits, whose softmax is the prediction."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpref.classification import LogisticClassifier, NaiveBayesClassifier, TfidfClassifier
from nlpref.classification.located import located_ngrams, located_words
from nlpref.contributions import Contributions
from nlpref.decisions import CalibratedClassifier, CostSensitiveClassifier, FlatCosts
from nlpref.errors import InputError, NotFittedError
from nlpref.explanation import LinearContributions, explainers_for
from nlpref.text import Casing, Handles, Preparation, SnowballStemmer, TweetTokeniser
from nlpref.types import LabelledText

TRAIN = [
    LabelledText(text, label)
    for label, texts in {
        "card": ("I lost my card", "my Card is gone!", "where's the card? card!"),
        "transfer": ("send money abroad", "the money never arrived", "money sent, not there"),
        "login": ("I can't log in", "forgot my password", "the password is wrong"),
    }.items()
    for text in texts
]
TEXTS = ["My card, my CARD isn't here: send money!", "unknown quux", "İstanbul card ﬁ password", "@anna  card\tcards :-)"]
STEMS = Preparation([Handles(), Casing()], tokeniser=TweetTokeniser(), roots=SnowballStemmer())
MODELS: dict[str, Any] = {
    "tfidf": TfidfClassifier(C=1.0),
    "tfidf of words": TfidfClassifier(C=1.0, char_ngrams=None, word_ngrams=(2, 3)),
    "tfidf of single characters": TfidfClassifier(C=1.0, word_ngrams=None, char_ngrams=(1, 3)),
    "tfidf of stems": TfidfClassifier(C=1.0, preparation=STEMS),
    "logistic": LogisticClassifier(C=1.0),
    "naive Bayes": NaiveBayesClassifier(alpha=1.0),
    "naive Bayes with absences": NaiveBayesClassifier("bernoulli", alpha=1.0),
    "logistic on stems": LogisticClassifier(C=1.0, preparation=STEMS),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("labels", [3, 2])
def test_contributions_add_up_to_the_logits(name: str, labels: int) -> None:
    model = MODELS[name].fit(TRAIN[: 3 * labels])
    for text, predicted in zip(TEXTS, model.predict_proba(TEXTS), strict=True):
        found = model.contributions(text)
        shares = np.exp(found.logits - found.logits.max())
        assert shares / shares.sum() == pytest.approx(predicted, abs=2e-6)
        for label in model.labels:
            explanation = LinearContributions(model).explain(text, label)
            assert explanation.gap == pytest.approx(0, abs=1e-9)
            assert math.fsum(score for _, score in explanation.parts) == pytest.approx(sum(explanation.scores), abs=1e-9)
            assert explanation.total == pytest.approx(found.logits[model.labels.index(label)] - found.logits.mean())


def test_one_word_by_hand() -> None:
    """The weight of the word, over the mean of all labels, is all that the word says; a repeated word shares it."""
    model = LogisticClassifier(C=1.0).fit(TRAIN)
    column = model.features_.vocabulary.numbers["card"]
    weights = model.head_.weights[column].astype(float)
    found = LinearContributions(model).explain("card quux CARD")
    assert found.label == "card"
    assert found.text == "card quux CARD"
    expected = weights[model.labels.index("card")] - weights.mean()
    assert found.scores == pytest.approx((expected / 2, 0, expected / 2))
    assert found.parts == (("card", pytest.approx(expected)),)


def test_stems_are_shown_where_they_stand_or_by_themselves() -> None:
    model = LogisticClassifier(C=1.0, preparation=STEMS).fit(TRAIN)
    assert LinearContributions(model).explain("lost Cards").text == "lost Cards"  # "card" stands in "Cards"
    assert LinearContributions(model).explain("It Arrives").text == "It Arrives"
    assert LinearContributions(model).explain("money for @anna").text == "money for user"


@example("İ ﬁ Σς I'm", "word", 1, 3)
@example("a  b\x1cc\u2003d", "char_wb", 1, 4)
@given(st.text(), st.sampled_from(["word", "char_wb"]), st.integers(1, 3), st.integers(0, 3))
def test_the_same_ngrams_as_scikit_learn(text: str, analyzer: str, shortest: int, more: int) -> None:
    vectorizer = TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=(shortest, shortest + more),
        token_pattern=r"(?u)\b\w+\b" if analyzer == "word" else None,
    )
    found = list(located_ngrams(vectorizer, text))
    assert Counter(term for term, _, _ in found) == Counter(vectorizer.build_analyzer()(text))
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    plain = [(term, text[start:end]) for term, start, end in found if text.isascii()]
    assert all(term.strip() in (shown.lower(), "") or analyzer == "word" for term, shown in plain)


def test_words_are_found_in_their_text_or_joined() -> None:
    assert located_words(["i", "'m", "ok"], "I'm İ OK") == ("I'm İ OK", [("i", 0, 1), ("'m", 1, 3), ("ok", 6, 8)])
    assert located_words(["be", "ok"], "I'm OK") == ("be ok", [("be", 0, 2), ("ok", 3, 5)])
    assert located_words([], "...") == ("...", [])


def test_mistakes_are_named() -> None:
    with pytest.raises(NotFittedError, match="TfidfClassifier is not fitted"):
        TfidfClassifier().contributions("a")
    model = LogisticClassifier(C=1.0).fit(TRAIN)
    with pytest.raises(InputError, match="half of a surrogate pair"):
        model.contributions("\ud800")
    with pytest.raises(InputError, match="does not know the label 'crad'; did you mean 'card'"):
        LinearContributions(model).explain("a card", "crad")
    with pytest.raises(InputError, match=r"it knows card, login, transfer$"):
        LinearContributions(model).explain("a card", "?")
    for places, shape in (([[(0, 1)]], (2, 1)), ([[(0, 1)], []], (2, 1)), ([[(0, 1)], [(2, 3)]], (2, 2))):
        with pytest.raises(InputError, match="2 parts and 1 labels do not fit"):
            Contributions("a b", ["a", "b"], places, np.zeros(shape), np.zeros(1))


def test_a_very_long_text_is_explained() -> None:
    model = TfidfClassifier(C=1.0).fit(TRAIN)
    found = LinearContributions(model).explain("where is my card " * 5_900)  # 100,000 characters
    assert len(found.scores) == 4 * 5_900
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_decisions_that_change_no_probability_are_looked_through() -> None:
    """Those that do are none of the exact ones."""
    words = TfidfClassifier(C=1.0).fit(TRAIN)
    decided = CostSensitiveClassifier(words, FlatCosts(10.0, 2.0), fit_classifier=False).fit(TRAIN)
    (explainer,) = explainers_for(decided, ["linear"])
    assert explainer.explain(TEXTS[0]) == LinearContributions(words).explain(TEXTS[0])
    assert [one.method for one in explainers_for(CalibratedClassifier(words, fit_classifier=False).fit(TRAIN, TRAIN))] == [
        "occlusion"
    ]
