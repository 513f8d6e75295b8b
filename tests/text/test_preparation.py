"""A preparation: its order, its words, and that it survives saving."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlpref import storage
from nlpref.errors import InputError, StorageError
from nlpref.text import Casing, Emoji, Hashtags, Preparation, RegexTokeniser, SnowballStemmer, TweetTokeniser, Unicode
from nlpref.text.preparation import prepared, words_of
from nlpref.text.vocabulary import Vocabulary

TWEETS = Preparation([Unicode(), Hashtags(), Emoji("token"), Casing()], TweetTokeniser(), SnowballStemmer())


def test_steps_are_taken_in_their_order() -> None:
    assert Preparation([Hashtags(), Casing()])("#WellDone") == "well done"
    assert Preparation([Casing(), Hashtags()])("#WellDone") == "welldone"
    assert Preparation()("  As it IS ") == "  As it IS "


def test_the_text_is_its_words() -> None:
    text = "#LovelyDays  :) \U0001f600 are ending"
    assert TWEETS.words(text) == ["love", "day", ":)", "grinningfac", "are", "end"]
    assert TWEETS(text) == " ".join(TWEETS.words(text))
    assert Preparation(tokeniser=RegexTokeniser())("It's, it") == "It s it"
    assert Preparation([Casing()]).words("It's") == ["it", "'s"]
    assert Preparation(roots=SnowballStemmer())("ends!") == "end !"


def test_without_one_texts_stay_and_words_are_in_lower_case() -> None:
    assert prepared(None, ["A b"]) == ["A b"]
    assert words_of(None, ["A b"]) == [["a", "b"]]
    assert prepared(TWEETS, ["Days"]) == ["day"]
    assert words_of(TWEETS, ["Days"]) == [["day"]]


@pytest.mark.parametrize("steps", ["abc", None, [str.lower], [Casing], [3]])
def test_parts_that_could_not_be_saved_are_refused(steps: object) -> None:
    with pytest.raises(InputError, match="expected a"):
        Preparation(steps)  # type: ignore[arg-type]


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    TWEETS.save(tmp_path / "made")
    for loaded in (Preparation.load(tmp_path / "made"), storage.load_component(tmp_path / "made")):
        assert loaded == TWEETS
    (tmp_path / "made" / "component.json").write_text("{}")
    with pytest.raises(StorageError, match="changed"):
        Preparation.load(tmp_path / "made")


def test_a_vocabulary_by_hand(tmp_path: Path) -> None:
    texts = [["b", "a", "b"], ["b", "c"], ["a"], []]
    assert Vocabulary.learn(texts).words == ("a", "b", "c")
    assert Vocabulary.learn(texts, min_df=2).words == ("a", "b")
    made = Vocabulary.learn(texts, most=1)
    assert made.known(["b", "a", "a"]) == [0, 0]
    made.save(tmp_path)
    assert Vocabulary.load(tmp_path) == made
    for min_df, most in ((0, None), (1, 0)):
        with pytest.raises(InputError, match="expected min_df"):
            Vocabulary.learn(texts, min_df, most)
    with pytest.raises(InputError, match="3 words, none of them in 9 texts"):
        Vocabulary.learn(texts, min_df=9)
    storage.write_json(tmp_path / "words.json", ["a", "a"])
    with pytest.raises(StorageError, match="no list of distinct words"):
        Vocabulary.load(tmp_path)
