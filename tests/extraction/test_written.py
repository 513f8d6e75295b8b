"""What is written can be read: by this project's reader of CoNLL, and by the rules of brat."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.extraction.written_text import texts

from nlpref.data.conll import read_conll
from nlpref.errors import InputError
from nlpref.extraction import Entity, EntityExtractor, TaggedSentence, standoff
from nlpref.extraction.written import conll
from nlpref.tagging import CrfTagger
from nlpref.text.words import split_words


def test_standoff() -> None:
    text = "Ann of New\nYork\tCity"
    found = [Entity(0, 3, "person", 0.9, "Ann"), Entity(7, 20, "city", 0.5, "New\nYork\tCity")]
    assert standoff(found) == "T1\tperson 0 3\tAnn\nT2\tcity 7 20\tNew York City\n"
    for line in standoff(found).splitlines():
        _, place, shown = line.split("\t")
        _, start, end = place.split()
        assert text[int(start) : int(end)].split() == shown.split()
    assert standoff(found, first=3).startswith("T3\t")
    assert standoff([]) == ""
    for label in ("", "a b", "a\tb"):
        with pytest.raises(InputError, match="cannot be written in this format"):
            standoff([Entity(0, 3, label, 0.9, "Ann")])


def test_conll() -> None:
    text = "Ann of New York"
    words = tuple(split_words(text))
    overlapping = (
        Entity(0, 3, "person", 0.9, "Ann"),
        Entity(7, 15, "city", 0.8, "New York"),
        Entity(11, 15, "city", 0.1, "York"),
    )
    assert conll(TaggedSentence(words, overlapping)) == "Ann\tB-person\nof\tO\nNew\tB-city\nYork\tI-city\n\n"


@settings(max_examples=40)
@given(text=texts)
def test_conll_is_read_back(tagger: CrfTagger, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    sentences = list(EntityExtractor(tagger).read(text))
    path = tmp_path_factory.mktemp("conll") / "text.conll"
    path.write_text("the\tO\n\n" + "".join(map(conll, sentences)), "utf-8", newline="")
    _, *read = read_conll(Path(path))
    assert [one.tokens for one in read] == [tuple(word.text.replace("\0", "\ufffd") for word in one.words) for one in sentences]
    assert [[span.label for span in one.spans] for one in read] == [[e.label for e in one.entities] for one in sentences]
