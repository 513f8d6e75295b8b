"""Names of labels as texts, and whether they tell anything."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.classification.label_texts import label_texts, tell
from nlpref.errors import InputError


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("card_arrival", "card arrival"),
        ("why_verify_identity?", "why verify identity"),
        ("lostCard", "lost card"),
        ("transfer-in  time", "transfer in time"),
        ("ATM", "atm"),
        ("prêt_étudiant", "prêt étudiant"),
    ],
)
def test_a_name_is_read(label: str, text: str) -> None:
    assert label_texts([label, "other"], "names")[label] == text


def test_numbers_and_signs_are_no_names() -> None:
    assert label_texts(["0", "1", "+", ""], "names") == {}


def test_texts_may_be_given_for_some_labels() -> None:
    assert label_texts(["a", "b", "c"], {"c": "the third", "a": " "}) == {"c": "the third"}
    assert label_texts(["a", "b"], None) == {}


def test_texts_for_other_labels_and_other_words_are_refused() -> None:
    with pytest.raises(InputError, match=r"label_texts are given for \['z'\]"):
        label_texts(["a", "b"], {"z": "the last"})
    with pytest.raises(InputError, match="expected names, a mapping of labels to texts, or None"):
        label_texts(["a", "b"], "titles")  # type: ignore[arg-type]


def test_names_tell_something_if_they_are_nearest_more_often_than_chance_has_it() -> None:
    names, named = np.eye(4, dtype=np.float32), np.arange(4)
    targets = np.repeat(np.arange(4), 25)
    # chance is .25, its deviation over 100 texts sqrt(.25 * .75 / 100) = .0433, so the limit is .25 + 3 * .0433 = .3799
    for right, expected in ((25, False), (37, False), (38, True), (100, True)):
        nearest = (targets + (np.arange(100) >= right)) % 4
        assert tell(names, named, names[nearest], targets) is expected


def test_names_of_some_labels_are_judged_on_their_texts() -> None:
    names, vectors = np.eye(3, dtype=np.float32)[:2], np.eye(3, dtype=np.float32)[[0, 1, 2] * 10]
    assert tell(names, np.array([0, 1]), vectors, np.array([0, 1, 2] * 10))
    assert not tell(names, np.array([0, 1]), vectors, np.array([1, 0, 2] * 10))


def test_a_single_name_tells_nothing() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert not tell(vectors[:1], np.array([0]), vectors, np.array([0, 1]))
    assert not tell(vectors, np.array([0, 1]), vectors, np.array([2, 3]))
