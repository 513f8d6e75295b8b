"""Texts that count as the same text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.text.folding import fold


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Hello", "hELLO"),
        ("  a \n\t b\u2003", "a b"),
        ("caf\u00e9", "cafe\u0301"),
        ("\uff26\uff49\uff4e\uff45", "fine"),
        ("Straße", "STRASSE"),
        ("\ufb01ne", "fine"),
        ("\u01c4", "dž"),
        ("\u212bngström", "ångström"),
        ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"),
    ],
)
def test_the_same_text(first: str, second: str) -> None:
    assert fold(first) == fold(second)


@pytest.mark.parametrize(("first", "second"), [("cafe", "café"), ("a b", "ab"), ("a.", "a"), ("1", "2"), ("", "a")])
def test_not_the_same_text(first: str, second: str) -> None:
    assert fold(first) != fold(second)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_case_and_composition_make_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)
    assert fold(text.casefold()) == fold(text)
    assert fold(f"\n {text}  ") == fold(text)
