"""Sentences of which nothing is known, out of the texts of other datasets."""

from __future__ import annotations

import pytest

from nlpref.data.bare_sentences import bare_sentences
from nlpref.data.dataset import InMemoryDataset, RetrievalDataset
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery, LabelledText

MOOD = InMemoryDataset("mood", {"train": [LabelledText("so good", "yes")], "test": [LabelledText("No way. Not here!", "no")]})


def test_every_split_is_read_and_labels_are_not() -> None:
    found = bare_sentences({"mood": MOOD}).split("train")
    assert [(one.id, one.tokens, one.spans, one.annotated) for one in found] == [
        ("mood:0.0", ("so", "good"), (), ()),
        ("mood:1.0", ("No", "way", ".", "Not", "here", "!"), (), ()),
    ]


def test_long_texts_are_split_where_sentences_end_and_longer_sentences_left_out() -> None:
    found = bare_sentences({"mood": MOOD}, longest=3).split("train")
    assert [one.tokens for one in found] == [("so", "good"), ("No", "way", "."), ("Not", "here", "!")]
    assert [one.tokens for one in bare_sentences({"mood": MOOD}, longest=2).split("train")] == [("so", "good")]


def test_each_text_comes_once_and_of_a_collection_the_documents_are_read() -> None:
    documents = [Document("a", "So  good"), Document("b", "new text")]
    posts = RetrievalDataset("posts", documents, {"test": [JudgedQuery("q", "what?", {"a": 1})]})
    found = bare_sentences({"mood": MOOD, "posts": posts})
    assert [one.id for one in found.split("train")] == ["mood:0.0", "mood:1.0", "posts:1.0"]
    assert found.notes["of"] == {"mood": MOOD.revision, "posts": posts.revision}


@pytest.mark.parametrize(("longest", "told"), [(0, "longest=0"), (1, "no text of at most 1 words among mood")])
def test_faults_are_named(longest: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        bare_sentences({"mood": MOOD}, longest=longest)
