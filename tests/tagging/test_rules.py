"""Hand-written patterns on the caller's tokens, and what is said of those that are malformed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc

from nlpref.errors import InputError
from nlpref.tagging import RuleTagger
from nlpref.types import Span, TaggedTokens

TRAIN = [TaggedTokens(("Oslo", "calls"), (Span(0, 1, "city"),))]
PATTERNS: list[Any] = [
    {"label": "sum", "pattern": [{"LIKE_NUM": True, "OP": "+"}, {"LOWER": {"IN": ["eur", "usd"]}}]},
    {"label": "city", "pattern": "New York"},
    {"label": "paper", "pattern": "New York Times", "id": "nyt"},
    {"label": "order", "pattern": [{"TEXT": {"REGEX": r"^WF-\d{3}$"}}]},
]


def found(tokens: str, **settings: Any) -> list[Span]:
    return RuleTagger(settings.pop("patterns", PATTERNS), **settings).fit(TRAIN).predict([tokens.split(" ")])[0]


def test_tokens_phrases_and_the_longest_of_two_by_hand() -> None:
    assert found("pay five 5 EUR for WF-123 in New York") == [Span(1, 4, "sum"), Span(5, 6, "order"), Span(7, 9, "city")]
    assert found("the New York Times costs 3 usd") == [Span(1, 4, "paper"), Span(5, 7, "sum")]
    assert found("new york") == []
    assert found("NEW york", ignore_case=True) == [Span(0, 2, "city")]
    assert found("EUR WF-1234") == []


def test_phrases_are_split_as_the_data_has_its_tokens_and_not_as_spacy_would() -> None:
    patterns = [{"label": "shop", "pattern": "O'Hara's  & Co."}]
    assert found("at O'Hara's & Co. today", patterns=patterns) == [Span(1, 4, "shop")]
    assert found("at O'Hara 's & Co. today", patterns=patterns) == []
    assert found("at O'Hara 's", patterns=[{"label": "shop", "pattern": "O'Hara 's"}]) == [Span(1, 3, "shop")]


def test_agrees_with_spacy_alone() -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns(PATTERNS)
    for tokens in ("pay 5 EUR for WF-123 in New York", "New York Times New York 12 EUR 12", "2 3 4 USD USD"):
        doc = pipeline.get_pipe("entity_ruler")(Doc(pipeline.vocab, words=tokens.split(" ")))
        assert [Span(entity.start, entity.end, entity.label_) for entity in doc.ents] == found(tokens)


def test_patterns_come_from_a_file_which_is_not_needed_again(tmp_path: Path) -> None:
    file = tmp_path / "patterns.jsonl"
    file.write_text("\n".join(json.dumps(pattern) for pattern in PATTERNS) + "\n\n", "utf-8")
    tokens = [["5", "EUR", "in", "New", "York"]]
    expected = RuleTagger(PATTERNS).fit(TRAIN).predict(tokens)
    RuleTagger(str(file)).fit(TRAIN).save(tmp_path / "one")
    RuleTagger(file).fit(TRAIN).save(tmp_path / "two")
    file.unlink()
    assert RuleTagger.load(tmp_path / "one").predict(tokens) == expected
    assert RuleTagger.load(tmp_path / "two").predict(tokens) == expected
    with pytest.raises(InputError, match=r"cannot be read as a file in UTF-8 with one pattern a line"):
        RuleTagger(file).fit(TRAIN)


def test_the_score_is_the_precision_on_validation() -> None:
    validation = [
        TaggedTokens(("5", "EUR"), (Span(0, 2, "sum"),)),
        TaggedTokens(("6", "EUR", "7", "EUR"), (Span(0, 2, "sum"),)),
        TaggedTokens(("8", "EUR"), (Span(0, 1, "sum"),)),
    ]
    tagger = RuleTagger(PATTERNS).fit(TRAIN, validation)
    assert tagger.predict([["5", "EUR"]])[0][0].score == pytest.approx((2 + 1) / (4 + 2))
    assert tagger.predict([["WF-123"]])[0][0].score == 0.5
    assert RuleTagger(PATTERNS).fit(TRAIN).predict([["WF-123"]])[0][0].score == 1.0
    assert RuleTagger(PATTERNS, score=0.25).fit(TRAIN, validation).predict([["5", "EUR"]])[0][0].score == 0.25
    assert tagger.labels == ("city", "order", "paper", "sum")


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("New York", "it is a str"),
        ({"label": "city"}, r"it has the keys \['label'\]"),
        ({"label": "city", "pattern": "a", "lable": "b"}, "lable"),
        ({"label": " ", "pattern": "a"}, "its label is ' '"),
        ({"label": "city", "pattern": "  "}, "its phrase is empty"),
        ({"label": "city", "pattern": []}, "zero tokens"),
        ({"label": "city", "pattern": [{"LOWR": "a"}]}, "LOWR"),
        ({"label": "city", "pattern": [{"LOWER": 3}]}, "LOWER"),
        ({"label": "city", "pattern": [{"LOWER": "a", "OP": "#"}]}, "OP"),
        ({"label": "city", "pattern": {"LOWER": "a"}}, "list of dicts"),
        ({"label": "city", "pattern": [{"TEXT": {"REGEX": "("}}]}, "unterminated"),
        ({"label": "city", "pattern": [{"LEMMA": "be"}]}, "lemmatizer"),
        ({"label": "city", "pattern": [{"_": {"absent": True}}]}, "absent"),
    ],
)
def test_a_malformed_pattern_is_named_by_its_place(pattern: Any, named: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"(?s)pattern 2: .*{named}.*expected") as caught:
        RuleTagger([PATTERNS[0], pattern]).fit(TRAIN)
    assert "\n" not in str(caught.value)
    (tmp_path / "rules.jsonl").write_text(f"{json.dumps(PATTERNS[0])}\n\n{json.dumps(pattern)}\n", "utf-8")
    with pytest.raises(InputError, match=r"rules\.jsonl, line 3: "):
        RuleTagger(tmp_path / "rules.jsonl").fit(TRAIN)


def test_what_is_no_list_of_patterns(tmp_path: Path) -> None:
    (tmp_path / "rules.jsonl").write_text('{"label": "city"\n', "utf-8")
    for given, named in (([], "got none"), (5, "are a int"), (tmp_path / "rules.jsonl", "line 1: .* is no JSON")):
        with pytest.raises(InputError, match=named):
            RuleTagger(given).fit(TRAIN)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="score=2"):
        RuleTagger(PATTERNS, score=2).fit(TRAIN)
    with pytest.raises(InputError, match="language='xq'"):
        RuleTagger(PATTERNS, language="xq").fit(TRAIN)


def test_train_may_lack_the_labels_of_the_patterns_and_be_partially_annotated() -> None:
    train = [TaggedTokens(("Ann",), (Span(0, 1, "person"),), "1", ("person",))]
    assert RuleTagger(PATTERNS).fit(train).labels == ("city", "order", "paper", "sum")
