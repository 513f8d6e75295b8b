"""A frozen encoder and logistic regression, against scikit-learn on the same vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlpref import storage
from nlpref.classification import FrozenEncoderClassifier, TfidfClassifier
from nlpref.neural.encoder import SentenceEncoder
from nlpref.types import LabelledText

Examples = Sequence[LabelledText]


class Letters:
    """Counts of a few letters, at unit length; keeps a list of what it encoded."""

    def __init__(self, letters: str = "aeioucdfgpst") -> None:
        self.letters = letters
        self.asked: list[str] = []

    @property
    def dim(self) -> int:
        return len(self.letters)

    def encode(self, texts: Sequence[str], *, role: Literal["query", "document"] = "document") -> NDArray[np.float32]:
        self.asked += texts
        counts = np.array([[text.count(letter) for letter in self.letters] for text in texts], dtype=np.float32)
        counts = counts.reshape(-1, self.dim) + 0.01
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    def save(self, folder: Path) -> None:
        with storage.draft(self, folder):
            pass

    @classmethod
    def load(cls, folder: Path) -> Self:
        return storage.restore(cls, folder)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path))


@pytest.mark.parametrize("labels", ["train", "two_labels"])
def test_head_is_scikit_learns_own(labels: str, request: pytest.FixtureRequest, held_out: Examples) -> None:
    train: Examples = request.getfixturevalue(labels)
    model = FrozenEncoderClassifier(Letters(), C=10.0).fit(train)
    new = [example.text for example in held_out]
    regression = LogisticRegression(C=10.0, tol=1e-8, max_iter=10_000)
    regression.fit(Letters().encode([example.text for example in train]), [example.label for example in train])
    theirs = regression.predict_proba(Letters().encode(new)).astype(np.float64) ** model.choice_.scale
    assert model.predict_proba(new) == pytest.approx(theirs / theirs.sum(axis=1, keepdims=True), abs=2e-3)
    assert model.labels == tuple(regression.classes_)


def test_training_texts_are_encoded_once_for_all_fits(train: Examples, validation: Examples) -> None:
    encoder = Letters()
    FrozenEncoderClassifier(encoder).fit(train, validation)
    distinct = {example.text for example in (*train, *validation)}
    assert sorted(encoder.asked) == sorted(distinct)
    FrozenEncoderClassifier(encoder, C=3.0, seed=1).fit(train, validation)
    assert len(encoder.asked) == len(distinct)


def test_without_cache_nothing_is_kept_and_predictions_never_are(train: Examples, tmp_path: Path) -> None:
    encoder = Letters()
    FrozenEncoderClassifier(encoder, C=1.0, cache=False).fit(train)
    assert list(tmp_path.iterdir()) == []
    cached = FrozenEncoderClassifier(encoder, C=1.0).fit(train)
    encoder.asked.clear()
    for _ in range(2):
        cached.predict_proba([train[0].text])
    assert encoder.asked == [train[0].text] * 2


def test_one_example_for_each_label_generalises_to_other_words() -> None:
    train = [
        LabelledText("I lost my bank card", "card"),
        LabelledText("send money to my family abroad", "transfer"),
        LabelledText("I forgot my password", "login"),
    ]
    new = ["my wallet with the debit card was stolen", "how do I pay somebody in another country", "cannot sign in"]
    frozen = FrozenEncoderClassifier(SentenceEncoder()).fit(train)
    assert [frozen.labels[row.argmax()] for row in frozen.predict_proba(new)] == ["card", "transfer", "login"]
    words = TfidfClassifier(char_ngrams=None).fit(train)
    assert [words.labels[row.argmax()] for row in words.predict_proba(new)] != ["card", "transfer", "login"]
