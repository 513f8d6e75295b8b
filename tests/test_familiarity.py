"""What training has shown of a text, by hand and against brute force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from nlpref.familiarity import (
    NAME,
    entity_familiarity,
    familiarity,
    surest_mistakes,
    write_entity_familiarity,
    write_familiarity,
)
from nlpref.types import LabelledText, Span, TaggedTokens

TRAIN = [
    LabelledText("my card is lost", "card"),
    LabelledText("the card is lost, please help", "card"),
    LabelledText("send money abroad", "transfer"),
    LabelledText("money for a card", "fee"),
]


def row(name: str, text: str, gold: str, predicted: str, probability: float = 0.9) -> dict[str, Any]:
    return {"id": name, "text": text, "gold": gold, "predicted": predicted, "probability": probability}


def test_words_that_training_lacks_are_counted() -> None:
    rows = [row("a", "My CARD, quux quux!", "x", "x"), row("b", "?!", "x", "x"), row("c", "send money", "x", "x")]
    assert familiarity(TRAIN, rows) == [{"id": "a", "unseen": 0.5}, {"id": "b"}, {"id": "c", "unseen": 0.0}]


def test_neighbours_are_those_of_brute_force() -> None:
    rows = [row("a", "the lost card", "card", "fee"), row("b", "send money", "transfer", "transfer"), row("c", "xyz", "x", "y")]
    found = familiarity(TRAIN, rows, k=2)
    texts = [example.text for example in TRAIN]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", sublinear_tf=True).fit(texts)
    cosine = (vectorizer.transform(["the lost card"]) @ vectorizer.transform(texts).T).toarray()[0]
    best = np.argsort(-cosine)[:2]
    assert [one["text"] for one in found[0]["neighbours"]] == [texts[place] for place in best]
    assert [one["label"] for one in found[0]["neighbours"]] == [TRAIN[place].label for place in best]
    assert [one["similarity"] for one in found[0]["neighbours"]] == pytest.approx(cosine[best], abs=1e-4)
    assert "neighbours" not in found[1]
    assert found[2]["neighbours"] == []  # nothing in training shares a word with it


def test_the_surest_mistakes_come_first_and_only_they_have_neighbours() -> None:
    rows = [row(str(number), "a card", "card", "fee", number / 10) for number in range(5)] + [row("9", "a", "card", "card", 1.0)]
    assert [one["id"] for one in surest_mistakes(rows, 2)] == ["4", "3"]
    assert ["neighbours" in one for one in familiarity(TRAIN, rows, mistakes=2)] == [False] * 3 + [True, True, False]


def test_more_neighbours_than_texts_are_all_texts_that_share_something(tmp_path: Path) -> None:
    path = write_familiarity(tmp_path, TRAIN, [row("ä", "card is money", "x", "y")], k=99)
    assert path == tmp_path / NAME
    (found,) = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert found["id"] == "ä"
    assert len(found["neighbours"]) == 4


def test_what_training_has_shown_of_entities_by_hand(tmp_path: Path) -> None:
    """Words are compared in lower case; an entity that may be of two types is known as either."""
    train = [
        TaggedTokens(("Ann", "lives", "in", "York"), (Span(0, 1, "PER"), Span(3, 4, "LOC"))),
        TaggedTokens(("Jordan", "!"), (Span(0, 1, "LOC|PER"),), annotated=("PER",)),
    ]
    rows = [
        {
            "id": "0",
            "tokens": ["ANN", "York", "met", "Jordan", "in", "New", "York", "."],
            "gold": [
                {"start": 0, "end": 1, "label": "PER"},
                {"start": 1, "end": 2, "label": "PER"},
                {"start": 3, "end": 4, "label": "PER"},
                {"start": 5, "end": 7, "label": "LOC"},
            ],
            "predicted": [{"start": 0, "end": 2, "label": "PER", "score": 0.5}],
        },
        {"id": "1", "tokens": ["!"], "gold": [], "predicted": []},
    ]
    found = entity_familiarity(train, rows)
    assert [(one["form"], one["unseen"]) for one in found[0]["gold"]] == [("same", 0), ("other", 0), ("same", 0), ("new", 1)]
    assert found[0]["predicted"] == [{"form": "new", "unseen": 0}]
    assert found[0]["unseen"] == pytest.approx(2 / 7)  # met, New
    assert found[1] == {"id": "1", "gold": [], "predicted": []}
    path = write_entity_familiarity(tmp_path, train, rows)
    assert path == tmp_path / NAME
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == found
