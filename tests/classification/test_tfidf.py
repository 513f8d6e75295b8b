"""TF-IDF features and the linear machine on them, against scikit-learn's own parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import Normalizer
from sklearn.svm import LinearSVC

from nlpref import storage
from nlpref.classification import TfidfClassifier
from nlpref.classification.linear import LinearHead
from nlpref.classification.ngrams import NgramFeatures
from nlpref.errors import InputError, StorageError
from nlpref.types import LabelledText

Examples = Sequence[LabelledText]


def split(examples: Examples) -> tuple[list[str], list[str]]:
    return [example.text for example in examples], [example.label for example in examples]


def test_features_are_those_of_two_vectorisers(train: Examples, held_out: Examples) -> None:
    union = FeatureUnion(
        [
            ("word", TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True)),
            ("char", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)),
        ]
    )
    ours = NgramFeatures((1, 2), (2, 4))
    texts, _ = split(train)
    new = [*split(held_out)[0], "", "Nothing known: §", "I", "CARD card caRD"]
    assert abs(union.fit_transform(texts) - ours.fit_transform(texts)).max() < 1e-6
    found = ours.transform(new)
    assert abs(union.transform(new) - found).max() < 1e-6
    assert found.dtype == np.float32


def test_features_by_hand() -> None:
    features = NgramFeatures((1, 1), None)
    found = features.fit_transform(["card card pin", "card"]).toarray()
    idf = {"card": 1.0, "pin": np.log(3 / 2) + 1}  # ln((1 + n) / (1 + df)) + 1
    row = np.array([(1 + np.log(2)) * idf["card"], idf["pin"]])
    assert found == pytest.approx(np.array([row / np.linalg.norm(row), [1, 0]]), abs=1e-6)


def test_min_df_drops_rare_ngrams() -> None:
    features = NgramFeatures((1, 1), None, min_df=2)
    assert features.fit_transform(["a b", "a c", "b a"]).shape == (3, 2)
    with pytest.raises(InputError, match="2 texts have no n-grams to learn from"):
        NgramFeatures((1, 1), None, min_df=2).fit_transform(["a", "b"])


@pytest.mark.parametrize("bad", [(0, 2), (3, 2), (1,), "12", ()])
def test_ranges_that_are_none_are_refused(bad: Sequence[int]) -> None:
    with pytest.raises(InputError, match="shortest, longest"):
        NgramFeatures(bad, None)


def test_words_or_characters_alone(train: Examples) -> None:
    texts, _ = split(train)
    words, characters = NgramFeatures((1, 2), None), NgramFeatures(None, (2, 4))
    widths = [features.fit_transform(texts).shape[1] for features in (words, characters, NgramFeatures((1, 2), (2, 4)))]
    assert widths[0] + widths[1] == widths[2]
    with pytest.raises(InputError, match="both None"):
        NgramFeatures(None, None)


def test_saved_features_that_do_not_fit_are_refused(train: Examples, tmp_path: Path) -> None:
    features = NgramFeatures((1, 1), (2, 2))
    features.fit_transform(split(train)[0])
    features.save(tmp_path)
    terms = storage.read_json(tmp_path / "terms.json")
    storage.write_json(tmp_path / "terms.json", {**terms, "word": terms["word"][1:]})
    with pytest.raises(StorageError, match="do not fit each other for 'word'"):
        NgramFeatures((1, 1), (2, 2)).restore(tmp_path)
    storage.write_json(tmp_path / "terms.json", {"word": terms["word"]})
    with pytest.raises(StorageError, match="do not fit each other for 'char_wb'"):
        NgramFeatures((1, 1), (2, 2)).restore(tmp_path)


@pytest.mark.parametrize("labels", ["train", "two_labels"])
def test_head_is_scikit_learns_decision_function(labels: str, request: pytest.FixtureRequest, held_out: Examples) -> None:
    train: Examples = request.getfixturevalue(labels)
    model = TfidfClassifier(C=0.7).fit(train)
    texts, names = split(train)
    new, _ = split(held_out)
    vectoriser = FeatureUnion(
        [
            ("word", TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True)),
            ("char", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)),
        ]
    )
    machine = LinearSVC(C=0.7, random_state=0, max_iter=10_000).fit(vectoriser.fit_transform(texts), names)
    theirs = machine.decision_function(vectoriser.transform(new))
    if theirs.ndim == 1:
        theirs = np.stack([-theirs, theirs], axis=1) / 2
    ours = model.predict_proba(new)
    # the logarithm of a softmax is its argument, up to one number for each row
    logs = np.log(ours) - np.log(ours).mean(axis=1, keepdims=True)
    margins = theirs - theirs.mean(axis=1, keepdims=True)
    assert logs == pytest.approx(model.choice_.scale * margins, abs=2e-3)
    assert model.labels == tuple(machine.classes_)
    assert [model.labels[row.argmax()] for row in ours] == machine.predict(vectoriser.transform(new)).tolist()


def test_refit_decides_whether_validation_is_trained_on(train: Examples, validation: Examples, held_out: Examples) -> None:
    both = TfidfClassifier(C=1.0, refit=True).fit(train, validation)
    alone = TfidfClassifier(C=1.0, refit=False).fit(train, validation)
    texts, _ = split(held_out)
    same = TfidfClassifier(C=1.0).fit([*train, *validation])
    assert both.features_.transform(texts).shape == same.features_.transform(texts).shape
    assert alone.features_.transform(texts).shape == TfidfClassifier(C=1.0).fit(train).features_.transform(texts).shape
    directions = [model.head_.weights / np.linalg.norm(model.head_.weights) for model in (both, same)]
    assert directions[0] == pytest.approx(directions[1], abs=1e-6)


def test_one_example_for_each_label() -> None:
    model = TfidfClassifier().fit([LabelledText("card", "a"), LabelledText("money", "b"), LabelledText("login", "c")])
    assert model.predict_proba(["my card", "the money", "a login"]).argmax(axis=1).tolist() == [0, 1, 2]


def test_saved_head_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    LinearHead(("a", "b"), np.zeros((3, 2), np.float32), np.zeros(2, np.float32)).save(tmp_path)
    storage.write_json(tmp_path / "labels.json", ["a", "b", "c"])
    with pytest.raises(StorageError, match="3 labels do not fit weights of shape"):
        LinearHead.load(tmp_path)


def test_unknown_words_give_the_bias_alone(train: Examples) -> None:
    model = TfidfClassifier(word_ngrams=(1, 1), char_ngrams=None).fit(train)
    [row, empty] = model.predict_proba(["zzz qqq", ""])
    assert np.array_equal(row, empty)
    assert row == pytest.approx(np.exp(model.head_.bias) / np.exp(model.head_.bias).sum(), abs=1e-6)


def test_rows_have_unit_length_in_each_kind(train: Examples) -> None:
    texts, _ = split(train)
    words = NgramFeatures((1, 2), None).fit_transform(texts)
    assert abs(Normalizer().transform(words) - words).max() < 1e-6


def test_without_its_own_temperature_margins_are_taken_as_they_are(train: list[LabelledText]) -> None:
    scaled, plain = TfidfClassifier(C=1.0).fit(train), TfidfClassifier(C=1.0, calibrate=False).fit(train)
    assert plain.choice_.accuracy == {}  # with a strength that is given there is nothing to hold out for
    assert scaled.head_.weights == pytest.approx(plain.head_.weights * scaled.choice_.scale, rel=1e-5)
