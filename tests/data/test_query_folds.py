"""Folds of queries: every query is tested once, and by nothing that was learned from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.data import InMemoryDataset, RetrievalDataset
from nlpref.data.dataset import content_key
from nlpref.data.query_folds import query_fold, query_folds
from nlpref.errors import InputError
from nlpref.types import Document, JudgedQuery, LabelledText


def collection(texts: list[str], **more: list[str]) -> RetrievalDataset:
    splits = {
        name: [JudgedQuery(f"{name}{place}", text, {"d": 1}) for place, text in enumerate(found)]
        for name, found in {"test": texts, **more}.items()
    }
    return RetrievalDataset("toy", [Document("d", "text"), Document("e", "other")], splits, {"source": "a book"})


@given(st.lists(st.sampled_from([f"query {n}" for n in range(12)]), min_size=12), st.integers(2, 4), st.integers(0, 5))
def test_every_query_is_tested_once_by_nothing_that_saw_it(texts: list[str], folds: int, seed: int) -> None:
    if len(set(texts)) < folds:
        return
    made = query_folds(collection(texts), folds, validation_fraction=0.25, seed=seed)
    queries = made.whole.split("folds")
    assert sorted(place for places in made.places for place in places) == list(range(len(texts)))
    for part, places in zip(made.parts, made.places, strict=True):
        assert [queries[place] for place in places] == list(part.split("test"))
        tested = {content_key(one) for one in part.split("test")}
        learned = [one for name in part.splits if name != "test" for one in part.split(name)]
        assert not tested & {content_key(one) for one in learned}
        assert len(learned) + len(places) == len(texts)
        assert part.documents == made.whole.documents
    groups = [len({queries[place].text for place in places}) for places in made.places]
    assert max(groups) - min(groups) <= 1


def test_folds_do_not_depend_on_how_the_splits_were_carved() -> None:
    one = query_folds(collection([f"query {n}" for n in range(10)]), 5)
    other = RetrievalDataset(
        "toy",
        [Document("d", "text"), Document("e", "other")],
        {
            "train": [JudgedQuery(f"test{n}", f"query {n}", {"d": 1}) for n in (9, 0, 3)],
            "test": [JudgedQuery(f"test{n}", f"query {n}", {"d": 1}) for n in (1, 2, 4, 5, 6, 7, 8)],
        },
    )
    again = query_folds(other, 5)
    assert again.places == one.places
    assert again.whole.revision == one.whole.revision
    assert query_folds(other, 5, seed=1).places != one.places


def test_one_fold_as_a_dataset() -> None:
    data = collection([f"query {n}" for n in range(10)], train=["query 100", "query 101"])
    made = query_folds(data, 3)
    assert query_fold(data, 2, 3).revision == made.parts[2].revision
    assert made.parts[2].name == "toy_fold_3_of_3"
    assert made.parts[2].notes["fold"] == {"folds": 3, "seed": 0, "validation_fraction": 0.2, "fold": 2}
    assert made.parts[2].notes["source"] == "a book"
    assert made.whole.notes["sizes"] == {"folds": 12}
    assert "validation" not in query_fold(data, 0, 3, validation_fraction=0).splits


@pytest.mark.parametrize(("folds", "fold"), [(1, 0), (11, 0), (2.0, 0), (5, 5), (5, -1)])
def test_refuses_numbers_that_cannot_be(folds: int, fold: int) -> None:
    with pytest.raises(InputError, match="expected a whole number from"):
        query_fold(collection([f"query {n}" for n in range(10)]), fold, folds)


def test_refuses_other_datasets() -> None:
    texts = InMemoryDataset("toy", {"test": [LabelledText("a", "b")]})
    with pytest.raises(InputError, match="folds are of the queries of a retrieval collection, got a InMemoryDataset"):
        query_folds(texts)  # type: ignore[arg-type]
