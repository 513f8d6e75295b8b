"""What callers may hand to a model."""

from __future__ import annotations

from typing import Any

import pytest

from nlpref.errors import InputError
from nlpref.text.checks import check_sentences, check_texts


def test_texts() -> None:
    assert check_texts(("a", "")) == ["a", ""]
    assert check_texts([]) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("abc", r"expected a sequence of texts, got one string 'abc'; put it in a list: \[text\]"),
        (["a", None], r"text 1 is a NoneType \(None\), expected str"),
        ([b"a"], r"text 0 is a bytes \(b'a'\), expected str"),
        ([["a"]], r"text 0 is a list \(\['a'\]\), expected str"),
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
        ([["a", 3]], r"sentence 0 holds a int \(3\), expected str tokens"),
    ],
)
def test_no_sentences(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_sentences(given)
