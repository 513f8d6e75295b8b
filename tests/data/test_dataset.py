"""Datasets keep the contract: splits disjoint, order stable, revision a hash of the content."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nlpref.data.dataset import InMemoryDataset, RetrievalDataset, content_key
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery, LabelledText, Span, TaggedTokens

TRAIN = [LabelledText("fine", "good", "1", {"day": "mon"}), LabelledText("well", "good", "2")]
TEST = [LabelledText("awful", "bad", "1")]


def test_splits_in_the_given_order() -> None:
    data = InMemoryDataset("mood", {"train": TRAIN, "test": TEST}, {"carved": {}})
    assert (data.name, data.splits, dict(data.notes)) == ("mood", ("train", "test"), {"carved": {}})
    assert list(data.split("train")) == TRAIN
    assert repr(data) == "InMemoryDataset('mood', train=2, test=1)"
    with pytest.raises(InputError, match="dataset 'mood' has no split 'dev'; it has train, test"):
        data.split("dev")


def test_nothing_given_can_be_changed_from_outside() -> None:
    examples, notes = list(TRAIN), {"carved": 1}
    data = InMemoryDataset("mood", {"train": examples}, notes)
    examples.clear()
    notes.clear()
    assert (len(data.split("train")), dict(data.notes)) == (2, {"carved": 1})
    with pytest.raises(TypeError):
        data.notes["carved"] = 2  # type: ignore[index]


@pytest.mark.parametrize(
    "splits",
    [
        {"train": TRAIN[::-1], "test": TEST},
        {"train": TRAIN, "validation": TEST},
        {"train": TRAIN[:1], "test": TEST},
        {"train": [*TRAIN[:1], LabelledText("well", "bad", "2")], "test": TEST},
        {"train": [*TRAIN[:1], LabelledText("well!", "good", "2")], "test": TEST},
        {"train": [*TRAIN[:1], LabelledText("well", "good", "3")], "test": TEST},
        {"train": [LabelledText("fine", "good", "1", {"day": "tue"}), *TRAIN[1:]], "test": TEST},
    ],
)
def test_any_change_of_content_changes_the_revision(splits: dict[str, list[LabelledText]]) -> None:
    assert InMemoryDataset("mood", splits).revision != InMemoryDataset("mood", {"train": TRAIN, "test": TEST}).revision


def test_name_notes_and_order_of_splits_do_not_change_the_revision() -> None:
    first = InMemoryDataset("mood", {"train": TRAIN, "test": TEST})
    assert first.revision == InMemoryDataset("other", {"test": TEST, "train": TRAIN}, {"x": 1}).revision
    assert len(first.revision) == 16
    assert int(first.revision, 16) >= 0


def test_revision_is_the_same_in_every_process() -> None:
    program = (
        "from nlpref.data import InMemoryDataset as D; from nlpref.types import *; "
        "print(D('x', {'a': [LabelledText('é\\ud800', 'l', '1', {'b': 'c', 'a': 'd'})]}).revision, "
        "D('x', {'a': [TaggedTokens(('a', 'b'), (Span(0, 1, 'P'),), '1')]}).revision)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    first = InMemoryDataset("x", {"a": [LabelledText("é\ud800", "l", "1", {"a": "d", "b": "c"})]})
    second = InMemoryDataset("x", {"a": [TaggedTokens(("a", "b"), (Span(0, 1, "P"),), "1")]})
    assert found == {f"{first.revision} {second.revision}\n"}


def test_a_text_in_two_splits_is_refused() -> None:
    with pytest.raises(InputError, match=r"has the text 'fine' in 'train' and in 'test'; nlpref\.data\.splits\.prepare makes"):
        InMemoryDataset("mood", {"train": TRAIN, "test": [LabelledText(" FINE ", "bad")]})
    assert len(InMemoryDataset("mood", {"train": [*TRAIN, *TRAIN]}).split("train")) == 4  # within one split it may


def test_empty_datasets_are_refused() -> None:
    with pytest.raises(InputError, match="needs at least one split, got none"):
        InMemoryDataset("mood", {})
    with pytest.raises(InputError, match="split 'test' of dataset 'mood' is empty; leave it out"):
        InMemoryDataset("mood", {"train": TRAIN, "test": []})


def test_content_keys() -> None:
    assert content_key(LabelledText(" \uff26ine  DAY", "x")) == content_key(TaggedTokens(("fine", "Day"))) == "fine day"
    assert content_key(JudgedQuery("1", "Fine Day")) == "fine day"


def test_collections() -> None:
    documents = [Document("a", "x"), Document("b", "y")]
    queries = [JudgedQuery("1", "why", {"a": 1})]
    data = RetrievalDataset("wiki", documents, {"test": queries})
    assert list(data.documents) == documents
    assert data.revision != RetrievalDataset("wiki", documents[:1], {"test": queries}).revision
    assert data.revision != RetrievalDataset("wiki", [Document("a", "x", "T"), documents[1]], {"test": queries}).revision
    assert data.revision != RetrievalDataset("wiki", documents, {"test": [JudgedQuery("1", "why", {"a": 2})]}).revision
    with pytest.raises(InputError, match="has 1 documents whose id is taken"):
        RetrievalDataset("wiki", [*documents, documents[0]], {"test": queries})
    with pytest.raises(InputError, match="query '1' is judged on the unknown document 'c'"):
        RetrievalDataset("wiki", documents, {"test": [JudgedQuery("1", "why", {"a": 1, "c": 1})]})
