"""Tokens stand where they say, nothing but white space is between them, and white space parts what is split alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from tests.extraction.written_text import texts

from nlpref.errors import InputError
from nlpref.extraction import LocatedTokeniser, SpacySplitter
from nlpref.extraction.tokens import Splitter, locate
from nlpref.text import RegexTokeniser, TweetTokeniser, WhitespaceTokeniser
from nlpref.text.words import Word, split_words

SPLITTERS = (split_words, LocatedTokeniser(), LocatedTokeniser(WhitespaceTokeniser()), SpacySplitter())


def shifted(words: list[Word], by: int) -> list[Word]:
    return [Word(word.text, word.start + by, word.end + by) for word in words]


@pytest.mark.parametrize("splitter", SPLITTERS, ids=str)
@given(a=texts, b=texts)
def test_offsets_hold_all_is_covered_and_white_space_parts(splitter: Splitter, a: str, b: str) -> None:
    words = list(splitter(a))
    end = 0
    for word in words:
        assert a[word.start : word.end] == word.text != ""
        assert word.start >= end
        assert not a[end : word.start].strip()
        end = word.end
    assert not a[end:].strip()
    assert list(splitter(f"{a}\n\n{b}")) == words + shifted(list(splitter(b)), len(a) + 2)


def test_what_belongs_together_stays_whole() -> None:
    family, thumb, flag = "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea"
    text = f"cafe\u0301 {family}{thumb}{flag} don't #win @ann https://x.org/a."
    expected = ["cafe\u0301", family, thumb, flag, "don", "'t", "#win", "@ann", "https://x.org/a", "."]
    assert [word.text for word in split_words(text)] == expected
    assert [word.text for word in LocatedTokeniser()("hm :-/ <3")] == TweetTokeniser()("hm :-/ <3") == ["hm", ":-/", "<3"]


def test_a_tokeniser_that_changes_or_leaves_out_characters_is_refused() -> None:
    with pytest.raises(InputError, match="leave every character as it is"):
        LocatedTokeniser(lambda text: text.lower().split())("New York")
    with pytest.raises(InputError, match="leave every character as it is"):
        LocatedTokeniser(RegexTokeniser())("New, York.")
    with pytest.raises(InputError, match="leave every character as it is"):
        LocatedTokeniser(RegexTokeniser())("York.")
    with pytest.raises(InputError, match="no such language"):
        SpacySplitter("klingon")("text")


def test_given_tokens_are_found_one_after_the_other() -> None:
    assert locate(["a", "", "a"], "a, a") == [Word("a", 0, 1), Word("", 1, 1), Word("a", 3, 4)]
    with pytest.raises(InputError, match="token 1, 'b', is not in the text from character 2"):
        locate(["a", "b"], "ba ")


@pytest.mark.parametrize(
    "part", ["a", ".", "a.", "#1", "www.", "a@", "a@b", "-", "\u0301", "🙂\u200d", "'s", "1,", "@", "  ", "a-1"]
)
def test_time_grows_with_the_length(part: str) -> None:
    """What grows with the square of it would take minutes."""
    start = time.process_time()
    split_words(part * (200_000 // len(part)))
    assert time.process_time() - start < 5
