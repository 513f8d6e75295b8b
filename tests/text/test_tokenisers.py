"""Tokenisers and roots: by hand, against the libraries they stand for, and what holds for every text."""

from __future__ import annotations

import re

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError, MissingResourceError
from nlpref.text import (
    LookupLemmatiser,
    RegexTokeniser,
    SnowballStemmer,
    SpacyTokeniser,
    TweetTokeniser,
    WhitespaceTokeniser,
    WordTokeniser,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ALL = [WhitespaceTokeniser(), RegexTokeniser(), RegexTokeniser(r"[^,]+"), WordTokeniser(), TweetTokeniser(), SpacyTokeniser()]


def has_lemmas() -> bool:
    try:
        return bool(LookupLemmatiser()(["mice"]))
    except MissingResourceError:
        return False


@pytest.mark.parametrize("tokeniser", ALL, ids=repr)
@given(text=TEXTS)
def test_no_word_is_empty_or_holds_white_space(tokeniser: object, text: str) -> None:
    words = tokeniser(text)  # type: ignore[operator]
    assert all(word.split() == [word] for word in words)
    assert " ".join(words).split() == words


@given(text=TEXTS)
def test_but_for_patterns_no_sign_is_lost(text: str) -> None:
    signs = "".join(text.split())
    for tokeniser in (WhitespaceTokeniser(), WordTokeniser(), TweetTokeniser()):
        assert "".join(tokeniser(text)) == signs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("so sad :( but ok ;-) xD :P", ["so", "sad", ":(", "but", "ok", ";-)", "xD", ":P"]),
        ("http://a.bc/d: at 5:30 (see 8)", ["http://a.bc/d", ":", "at", "5:30", "(", "see", "8", ")"]),
        ("@a_b #WowSoGood </3 ^_^", ["@a_b", "#WowSoGood", "</3", "^_^"]),
        ("", []),
    ],
)
def test_tweets_by_hand(text: str, words: list[str]) -> None:
    assert TweetTokeniser()(text) == words


def test_spacy_is_spacy() -> None:
    text = "Dr. Who's  box isn't\nin the U.K., is it?"
    assert SpacyTokeniser()(text) == [token.text for token in spacy.blank("en")(text) if not token.is_space]
    assert SpacyTokeniser("de")("z.B. das") == ["z.B.", "das"]
    with pytest.raises(InputError, match="spaCy has no such language"):
        SpacyTokeniser("klingon")("nuqneH")


def test_patterns_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="no regular expression"):
        RegexTokeniser("(")


def test_stems_by_hand() -> None:
    """Of Porter's own examples, http://snowball.tartarus.org/algorithms/english/stemmer.html."""
    words = ["consign", "consigned", "consignment", "knack", "knackeries", "knaves", "kneeled"]
    assert SnowballStemmer()(words) == ["consign", "consign", "consign", "knack", "knackeri", "knave", "kneel"]
    assert SnowballStemmer("german")(["katers"]) == ["kat"]
    with pytest.raises(InputError, match="expected one of"):
        SnowballStemmer("latin")


@pytest.mark.skipif(not has_lemmas(), reason="needs spacy-lookups-data")
def test_lemmas_are_those_of_spacys_own_component() -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("lemmatizer", config={"mode": "lookup"})
    pipeline.initialize()
    words = ["the", "mice", "were", "running", "to", "their", "houses", "and", "studied", "xyzzy"]
    assert LookupLemmatiser()(words) == [token.lemma_ for token in pipeline(" ".join(words))]
    assert LookupLemmatiser()(["Mice", "went", "better"]) == ["mouse", "go", "well"]


def test_a_language_without_lemmas_is_named() -> None:
    with pytest.raises(MissingResourceError, match=re.escape("no table of lemmas for 'xx': pip install 'nlpref[lemmas]'")):
        LookupLemmatiser("xx")(["a"])
