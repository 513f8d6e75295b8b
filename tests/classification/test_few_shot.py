"""A few labels: what is learnt from, and how texts without labels help."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.contracts import examples as given
from tests.contracts.small_model import small_minilm

from nlpref.classification import FewShotClassifier, few_shot
from nlpref.classification.few_shot import surest
from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.types import UNLABELLED, LabelledText

ENCODER = SentenceEncoder(small_minilm(), max_length=32)


def made(**settings: Any) -> FewShotClassifier:
    return FewShotClassifier(ENCODER, cache=False, **settings)


def renamed(names: dict[str, str]) -> list[LabelledText]:
    return [LabelledText(example.text, names[example.label]) for example in given.TRAIN_TEXTS]


def right(model: FewShotClassifier) -> float:
    found = model.predict_proba([example.text for example in given.VALIDATION_TEXTS]).argmax(axis=1)
    return float(
        np.mean([model.labels[code] == example.label for code, example in zip(found, given.VALIDATION_TEXTS, strict=True)])
    )


def test_it_learns() -> None:
    assert right(made().fit(given.TRAIN_TEXTS)) > 0.9


def test_names_are_learnt_from_where_they_tell_something() -> None:
    assert made().fit(given.TRAIN_TEXTS).label_texts_ == {"cancel": "cancel", "refund": "refund", "track": "track"}
    assert made().fit(renamed({"cancel": "refund", "refund": "track", "track": "cancel"})).label_texts_ == {}
    assert made().fit(renamed({"cancel": "0", "refund": "1", "track": "2"})).label_texts_ == {}
    assert made(label_texts=None).fit(given.TRAIN_TEXTS).label_texts_ == {}


def test_texts_of_labels_that_are_given_are_always_learnt_from() -> None:
    assert made(label_texts={"cancel": "zzz"}).fit(given.TRAIN_TEXTS).label_texts_ == {"cancel": "zzz"}


def test_a_text_for_a_label_is_an_example_of_it() -> None:
    train = [LabelledText("alpha", "one"), LabelledText("beta", "two")]
    more = [*train, LabelledText("where is my parcel", "one"), LabelledText("give my money back", "two")]
    told = made(label_texts={"one": "where is my parcel", "two": "give my money back"}).fit(train)
    learned = made(label_texts=None).fit(more)
    assert told.predict_proba(given.TEXTS).argmax(axis=1).tolist() == learned.predict_proba(given.TEXTS).argmax(axis=1).tolist()
    assert told.head_.vectors == pytest.approx(learned.head_.vectors, abs=1e-6)


def test_one_text_of_each_label_is_enough() -> None:
    train = [LabelledText("where is my parcel", "track"), LabelledText("give my money back", "refund")]
    model = made(label_texts=None).fit(train)
    assert model.predict_proba([example.text for example in train]).argmax(axis=1).tolist() == [1, 0]


def test_the_surest_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.8, 0.2], [0.1, 0.9]], dtype=np.float32)
    rows, codes = surest(probabilities, 2)
    assert (rows.tolist(), codes.tolist()) == ([0, 3, 4, 1], [0, 0, 1, 1])
    rows, codes = surest(probabilities[:1], 5)
    assert (rows.tolist(), codes.tolist()) == ([0], [0])


def test_texts_without_labels_help() -> None:
    few = [next(example for example in given.TRAIN_TEXTS if example.label == label) for label in ("cancel", "refund", "track")]
    others = [replace(example, label=UNLABELLED) for example in given.TRAIN_TEXTS if example not in few]
    alone, helped = made(label_texts=None).fit(few), made(label_texts=None, taken=6).fit([*few, *others])
    assert len(alone.head_.vectors) == 3
    assert 3 < len(helped.head_.vectors) <= 3 + 3 * 6
    assert helped.labels == ("cancel", "refund", "track")
    assert right(helped) >= right(alone)


def test_more_texts_than_it_is_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_shot, "MOST", 20)
    with pytest.raises(InputError, match=r"39 texts to learn from, at most 20 can be"):
        made().fit(given.TRAIN_TEXTS)


@pytest.mark.parametrize(
    "settings",
    [{"width": 0.0}, {"penalty": -1.0}, {"doubt": 0.0}, {"taken": 0}, {"taken": 2.5}],
)
def test_parameters_out_of_range(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected width, penalty and doubt > 0"):
        made(**settings).fit(given.TRAIN_TEXTS)
