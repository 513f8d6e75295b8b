"""Word tokens with their places, and spans in characters or tokens."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.text.words import Word, character_spans, split_words, token_spans
from nlpref.types import Span

pieces = st.sampled_from(
    [
        "Anna's",
        "WF-482913",
        "£79.99",
        "@me",
        "#sale",
        "www.a.org/x?y=1.",
        "a@b.co",
        "\u200d",
        "é",
        "e\u0301",
        "👍🏽",
        "हिन्दी",
        " ",
        "-",
        "3pm",
    ]
)
anything = st.text() | st.lists(pieces, max_size=8).map("".join)


def words(text: str) -> list[str]:
    return [word.text for word in split_words(text)]


@given(anything)
def test_every_character_but_white_space_is_in_one_token(text: str) -> None:
    found = split_words(text)
    assert all(word.text == text[word.start : word.end] != "" for word in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    covered = {place for word in found for place in range(word.start, word.end)}
    assert {text[place] for place in range(len(text)) if place not in covered} <= {c for c in text if c.isspace()}
    assert not any(character.isspace() for word in found for character in word.text)


@given(st.lists(st.sampled_from(["Zoë", "naïve", "Ångström's", "#crème", "don't", "ñandú", "7", "."]), max_size=6))
def test_composed_and_decomposed_texts_split_alike(parts: list[str]) -> None:
    text = " ".join(parts)
    apart = unicodedata.normalize("NFD", text)
    assert [unicodedata.normalize("NFC", word) for word in words(apart)] == words(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\u2003", []),
        (
            "Don't we've O'Brien's Anna\u2019s 'quoted'",
            ["Don", "'t", "we", "'ve", "O", "'", "Brien", "'s", "Anna", "\u2019s", "'", "quoted", "'"],
        ),
        ("£79.99, 1,200.50 at 10:30pm 3.", ["£", "79.99", ",", "1,200.50", "at", "10:30", "pm", "3", "."]),
        ("WF-482913 wf-123. x-12 abcde-1234", ["WF-482913", "wf-123", ".", "x", "-", "12", "abcde", "-", "1234"]),
        ("#WF-482913 #COVID19 #2nd #1", ["#", "WF-482913", "#COVID19", "#2nd", "#", "1"]),
        ("see https://a.org/b?c=1, (www.d.org).", ["see", "https://a.org/b?c=1", ",", "(", "www.d.org", ")", "."]),
        ("me.too+x@mail.example.co.uk, @handle_1", ["me.too+x@mail.example.co.uk", ",", "@handle_1"]),
        ("a_b state-of-the-art", ["a", "_", "b", "state", "-", "of", "-", "the", "-", "art"]),
        ("wait...what?!", ["wait", ".", ".", ".", "what", "?", "!"]),
        ("one\u2028two\x85three\xa0four\x1ffive", ["one", "two", "three", "four", "five"]),
    ],
)
def test_words_by_hand(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "token",
    [
        "👍",
        "👍🏽",
        "👩\u200d💻",
        "👨\u200d👩\u200d👧",
        "🤷\u200d♀\ufe0f",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "🇬🇧",
        "e\u0301",
        "हिन्दी",
        "ที่นี่",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "co\xadoperate",
        "שָׁלוֹם",
    ],
)
def test_what_is_one_sign_or_word_to_a_reader_is_one_token(token: str) -> None:
    assert words(token) == [token]
    assert words(f"ok {token}, {token}!") == ["ok", token, ",", token, "!"]


def test_signs_in_a_row_part_company() -> None:
    assert words("👍👍🏽🇬🇧🇫🇷:)") == ["👍", "👍🏽", "🇬🇧", "🇫🇷", ":", ")"]
    assert words("\u0301a") == ["\u0301", "a"]  # a mark with nothing to stand on


@pytest.mark.parametrize(
    "part", ["a.", "-", ".", "a@", "@", "#1", "#a", "http://", "www.", "1.", "'s", "e\u0301", "👩\u200d", "🇬", "x"]
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (60_000 // len(part))
    for tail in ("", "@", " end"):
        start = time.process_time()
        split_words(text + tail)
        assert time.process_time() - start < 3  # 8 to 10 s where time grows with the square


@st.composite
def spans_of(draw: st.DrawFn) -> tuple[list[Word], list[Span]]:
    """A text's words and disjoint spans counted in them."""
    found = split_words(draw(anything))
    cuts = sorted(draw(st.sets(st.integers(0, len(found)), max_size=6)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return found, [Span(start, end, draw(st.sampled_from("PQ")), draw(st.floats(0, 1))) for start, end in pairs]


@given(spans_of())
def test_spans_survive_the_way_to_characters_and_back(case: tuple[list[Word], list[Span]]) -> None:
    found, spans = case
    in_characters = character_spans(found, spans)
    assert token_spans(found, in_characters) == tuple(spans)
    assert [span.score for span in token_spans(found, in_characters)] == [span.score for span in spans]


def test_spans_by_hand() -> None:
    text = "Ship it to New York."
    found = split_words(text)
    assert token_spans(found, [Span(11, 19, "LOC", 0.5)]) == (Span(3, 5, "LOC"),)
    span = character_spans(found, [Span(3, 5, "LOC", 0.5)])[0]
    assert (text[span.start : span.end], span.score) == ("New York", 0.5)
    assert token_spans(found, []) == character_spans(found, []) == ()


def test_spans_that_do_not_fit() -> None:
    found = split_words("to New York")
    for start, end in ((4, 11), (3, 5), (2, 6)):
        with pytest.raises(InputError, match=r"does not begin and end with a token; the tokens there are \['New'"):
            token_spans(found, [Span(start, end, "LOC")])
    with pytest.raises(InputError, match="leaves the 3 tokens"):
        character_spans(found, [Span(1, 4, "LOC")])
