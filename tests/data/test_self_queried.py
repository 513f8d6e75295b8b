"""A collection without queries becomes one that can be trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlpref.data.dataset import RetrievalDataset
from nlpref.data.self_queried import self_queried, with_synthetic_queries
from nlpref.errors import InputError
from nlpref.text.synthetic_queries import SyntheticQueries
from nlpref.types import Document, JudgedQuery

THINGS = ["river", "parcel", "lamp", "engine", "garden", "window", "letter", "kettle", "mirror", "bridge"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = [
        {"_id": f"d{row}", "title": f"All about the {thing}", "text": f"A {thing} is a thing. People like the {thing} much."}
        for row, thing in enumerate(THINGS)
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return tmp_path


def test_queries_of_one_document_stay_together(corpus: Path) -> None:
    data = self_queried(corpus, SyntheticQueries(("title", "first")), validation_fraction=0.2, test_fraction=0.3)
    parts = {name: {id_ for query in data.split(name) for id_ in query.relevance} for name in data.splits}
    assert set(parts) == {"train", "validation", "test"}
    assert sum(len(part) for part in parts.values()) == len(THINGS)
    assert len(data.documents) == len(THINGS)
    assert data.notes["synthetic"]["made"] == 2 * len(THINGS)
    assert self_queried(corpus / "corpus.jsonl", SyntheticQueries(("title", "first"))).name == corpus.name


def test_no_query_to_be_made_is_an_error(corpus: Path) -> None:
    with pytest.raises(InputError, match="no query could be made of the 10 documents"):
        self_queried(corpus, SyntheticQueries(least_words=50))


def test_queries_are_added_to_train_alone() -> None:
    documents = [Document(f"d{row}", f"A {thing} is a thing.", f"All about the {thing}") for row, thing in enumerate(THINGS)]
    test = [JudgedQuery("q", "ALL ABOUT THE RIVER", {"d0": 1}), JudgedQuery("p", "kettles", {"d7": 1})]
    data = RetrievalDataset("things", documents, {"train": [JudgedQuery("t", "lamps", {"d2": 1})], "test": test})
    more = with_synthetic_queries(data, SyntheticQueries(("title",)))
    assert list(more.split("test")) == test
    assert [query.id for query in more.split("train")] == ["t", *(f"d{row}/title" for row in range(1, 10))]
