"""What callers may hand to a model."""

from __future__ import annotations

from typing import Any

import pytest

from nlpref.errors import InputError
from nlpref.text.checks import check_examples, check_role, check_sentences, check_texts
from nlpref.types import LabelledText

FINE = LabelledText("fine", "good")


def test_texts() -> None:
    assert check_texts(text for text in "ab") == ["a", "b"]  # type: ignore[arg-type]
    assert check_texts(("a", "")) == ["a", ""]
    assert check_texts([]) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("abc", r"expected a sequence of texts, got one string 'abc'; put it in a list: \[text\]"),
        (["a", None], r"text 1 is a NoneType \(None\), expected str"),
        ([b"a"], r"text 0 is a bytes \(b'a'\), expected str"),
        ([["a"]], r"text 0 is a list \(\['a'\]\), expected str"),
        (None, r"expected a sequence of texts, got a NoneType \(None\)"),
        (b"ab", r"expected a sequence of texts, got a bytes \(b'ab'\)"),
        ({"a": 1}, "expected a sequence of texts, got a dict"),
    ],
)
def test_no_texts(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_texts(given)


def test_sentences() -> None:
    assert check_sentences((("a", "b"), [])) == [["a", "b"], []]
    assert check_sentences([]) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a b", "expected sentences as lists of tokens, got one string 'a b'; tokenise it first"),
        ([["a"], "b c"], "sentence 1 is a string 'b c', expected a list of tokens; tokenise it first"),
        ([["a"], None], r"expected a list of tokens as sentence 1, got a NoneType \(None\)"),
        ([["a", 3]], r"sentence 0 holds a int \(3\), expected str tokens"),
    ],
)
def test_no_sentences(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_sentences(given)


def test_examples() -> None:
    assert check_examples((FINE, FINE), LabelledText, "train") == [FINE, FINE]
    assert check_examples([], LabelledText, "train") == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("abc", "train is one string 'abc', expected a sequence of LabelledText"),
        (iter([FINE]), "train is a list_iterator, expected a sequence of LabelledText"),
        ({"a": FINE}, "expected a sequence of LabelledText as train, got a dict"),
        ([FINE, "bad"], r"train\[1\] is a str \('bad'\), expected LabelledText"),
    ],
)
def test_no_examples(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_examples(given, LabelledText, "train")


def test_roles() -> None:
    check_role("query")
    check_role("document")
    with pytest.raises(InputError, match="role is 'passage', expected 'query' or 'document'"):
        check_role("passage")
