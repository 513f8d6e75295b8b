"""What the taggers see of a word, worked out by hand."""

from __future__ import annotations

import pytest

from nlpref.tagging.features import cluster_features, normalise, sentence_features, short_word_shape, word_shape
from nlpref.tagging.shapes import SHAPES, shape_id


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("https://t.co/x1", "<url>"), ("WWW.shop.com", "<url>"), ("@Ann", "<user>"), ("@", "@"), ("sooooo", "soo"),
        ("good", "good"), ("B2B", "b0b"), ("1999", "00"), ("", ""), ("Straße", "straße"),
    ],
)  # fmt: skip
def test_normalise(word: str, expected: str) -> None:
    assert normalise(word) == expected


@pytest.mark.parametrize(
    ("word", "long", "short"),
    [
        ("McDonald's-2", "XxXxxxxx'x-0", "XxXx'x-0"),
        ("iPhone", "xXxxxx", "xXx"),
        ("…", "…", "…"),
        ("東京", "xx", "x"),
        ("", "", ""),
    ],
)
def test_word_shapes(word: str, long: str, short: str) -> None:
    assert (word_shape(word), short_word_shape(word)) == (long, short)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("#sale", "hashtag"), ("#", "other"), ("www.shop.com", "url"), ("B2B", "digits_inside"), ("3.50", "number"),
        ("O'Neill", "title"), ("McDonald", "mixed"), ("東京", "mixed"), ("", "other"), ("\u200b", "other"),
    ],
)  # fmt: skip
def test_shape_classes(word: str, name: str) -> None:
    assert SHAPES[shape_id(word)] == name


def test_no_word_has_the_shape_of_padding() -> None:
    assert SHAPES[0] == "padding"
    assert all(shape_id(word) > 0 for word in ["", " ", "a", "A", "1", "@", "@a", "\x00"])


def test_token_features_by_hand() -> None:
    [first, second] = sentence_features(["Hi", "@ann"], window=1)
    assert first == [
        "bias", "word=hi", "shape=Xx", "form=Xx", "length=2", "prefix=h", "suffix=i", "title", "initial",
        "style=title", "style=title|Xx", "first", "word[1]=<user>", "form[1]=@x", "pair[1]=hi|<user>", "forms[1]=Xx|@x",
    ]  # fmt: skip
    assert second == [
        "bias", "word=<user>", "shape=@xxx", "form=@x", "length=4", "style=title", "style=title|@x",
        "word[-1]=hi", "form[-1]=Xx", "pair[-1]=<user>|hi", "forms[-1]=@x|Xx", "last",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tokens", "style"),
    [(["all", "LOWER"], "mixed"), (["all", "low"], "lower"), (["WHY", "ME", "ok"], "upper"), (["On", "The", "run"], "title"),
     (["On", "the", "run"], "mixed"), (["1", "!"], "lower"), ([], None)],
)  # fmt: skip
def test_style_of_a_sentence(tokens: list[str], style: str | None) -> None:
    found = {
        feature for token in sentence_features(tokens) for feature in token if feature.startswith("style") and "|" not in feature
    }
    assert found == ({f"style={style}"} if style else set())


def test_window_bounds_what_a_token_sees() -> None:
    features = sentence_features(["a", "b", "c", "d"], window=2)
    seen = [[feature for feature in token if feature.startswith("word[")] for token in features]
    assert seen[0] == ["word[1]=b", "word[2]=c"]
    assert seen[2] == ["word[-2]=a", "word[-1]=b", "word[1]=d"]
    assert not any(feature.startswith("word[") for token in sentence_features(["a", "b"], window=0) for feature in token)


def test_cluster_features_by_hand() -> None:
    found = cluster_features(["Hi", "sooo", "x"], {"hi": [3, 7], "soo": [1, 2], "x": [0, 0]})
    assert found[0] == ["cluster0[0]=3", "cluster1[0]=7", "cluster0[1]=1", "cluster1[1]=2"]
    assert found[1][:2] == ["cluster0[-1]=3", "cluster1[-1]=7"]
    assert cluster_features([], {}) == []
