"""Names of entity types become phrases."""

from __future__ import annotations

import pytest

from nlpref.errors import InputError
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.tagging.type_names import check_descriptions, phrases


@pytest.fixture(scope="module")
def words() -> dict[str, int]:
    return Subwords(resolve(MINILM), 16).tokenizer.get_vocab()


@pytest.mark.parametrize(
    ("label", "phrase"),
    [
        ("politicalparty", "political party"),
        ("academicjournal", "academic journal"),
        ("chemicalcompound", "chemical compound"),
        ("organisation", "organisation"),
        ("metrics", "metrics"),  # no known words make it up
        ("creative-work", "creative work"),
        ("phone_number", "phone number"),
        ("firstName", "first name"),
        ("URLPath", "url path"),
        ("LOC", "location"),
        ("straße", "straße"),
        ("!", "!"),
    ],
)
def test_names_are_split_into_words(words: dict[str, int], label: str, phrase: str) -> None:
    assert phrases([label], {}, words) == [phrase]


def test_the_fewest_words_win_then_the_most_frequent() -> None:
    assert phrases(["abcdef"], {}, {"abc": 5, "def": 9, "abcdef": 99}) == ["abcdef"]
    assert phrases(["abcdefghi"], {}, {"abc": 1, "def": 1, "ghi": 1, "abcdef": 99}) == ["abcdef ghi"]
    assert phrases(["abcdefgh"], {}, {"abcd": 50, "efgh": 50, "abcde": 1, "fgh": 1}) == ["abcde fgh"]


def test_descriptions_come_before_names(words: dict[str, int]) -> None:
    assert phrases(["programlang", "LOC"], {"programlang": "programming language"}, words) == ["programming language", "location"]


@pytest.mark.parametrize("descriptions", [{"plcae": "where it is"}, {"place": " "}])
def test_a_description_of_nothing_is_refused(descriptions: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(descriptions))):
        check_descriptions(descriptions, ["place"])
