"""RM3 worked out by hand, and weighted titles."""

from __future__ import annotations

import numpy as np
import pytest

from nlpref.errors import InputError
from nlpref.retrieval import Bm25Retriever
from nlpref.retrieval.feedback import Feedback, TermCounts, relevance_model
from nlpref.types import Document

COUNTS = TermCounts.of([[1, 1, 2, 3], [1, 4], [], [5]])


def test_relevance_model_by_hand() -> None:
    """Documents 0 and 1 found with scores 3 and 1.

    Term 1: 3 * 2/4 + 1 * 1/2 = 2; terms 2 and 3: 3 * 1/4 = 0.75; term 4: 1/2. Of the three best, with a tie that goes to the
    lower number, the sum is 3.5; half of it all is the query's, whose weights sum to 2.
    """
    found = relevance_model({1: 1.0, 9: 1.0}, [(0, 3.0), (1, 1.0)], COUNTS, Feedback(documents=2, terms=3, original=0.5))
    assert found == pytest.approx({1: 0.5 + 2 / 3.5, 9: 0.5, 2: 0.75 / 3.5, 3: 0.75 / 3.5})
    assert sum(found.values()) == pytest.approx(2.0)


def test_first_document_only_and_no_document() -> None:
    assert relevance_model({4: 1.0}, [(1, 1.0), (0, 1.0)], COUNTS, Feedback(documents=1, terms=9, original=0.2)) == pytest.approx(
        {4: 0.2 + 0.8 / 2, 1: 0.8 / 2}
    )
    assert relevance_model({4: 1.0}, [], COUNTS, Feedback()) == {4: 1.0}
    assert relevance_model({4: 1.0, 1: 2.0}, [(1, 1.0)], COUNTS, Feedback(original=1.0)) == {4: 1.0, 1: 2.0}


DOCUMENTS = [
    Document("a", "kidney kidney dialysis"),
    Document("b", "dialysis machine"),
    Document("c", "parcel late"),
    Document("d", "kidney dialysis machine clinic"),
]


def test_feedback_finds_what_shares_no_word_with_the_query() -> None:
    plain, richer = (Bm25Retriever(feedback=feedback).fit(DOCUMENTS) for feedback in (None, Feedback(2, 5)))
    assert [hit.id for hit in plain.search(["kidney"])[0]] == ["a", "d"]
    [found] = richer.search(["kidney"])
    assert {hit.id for hit in found} == {"a", "b", "d"}
    assert richer.search(["unheard", "", "parcel"])[:2] == [[], []]


@pytest.mark.parametrize("method", ["lucene", "bm25+", "bm25l"])
def test_the_query_alone_scores_as_without_feedback(method: str) -> None:
    """That is ``original=1``: the second search is the first, and a word said twice counts twice."""
    queries = ["kidney kidney machine", "late", "dialysis of the machine", "none"]
    plain = Bm25Retriever(method=method).fit(DOCUMENTS).search(queries)
    same = Bm25Retriever(method=method, feedback=Feedback(original=1.0)).fit(DOCUMENTS).search(queries)
    for one, other in zip(plain, same, strict=True):
        assert [hit.id for hit in one] == [hit.id for hit in other]
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-5)


def test_the_second_search_is_a_weighted_sum_of_single_words() -> None:
    feedback = Feedback(documents=1, terms=2, original=0.5)
    [found] = Bm25Retriever(feedback=feedback, stemmer=None).fit(DOCUMENTS).search(["kidney"])
    # the best document is a: two of its three words are kidney, one is dialysis
    weights = {"kidney": 0.5 + 0.5 * 2 / 3, "dialysis": 0.5 / 3}
    single = Bm25Retriever(stemmer=None).fit(DOCUMENTS)
    expected: dict[str, float] = {}
    for word, weight in weights.items():
        for hit in single.search([word])[0]:
            expected[hit.id] = expected.get(hit.id, 0.0) + weight * hit.score
    assert {hit.id: hit.score for hit in found} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("bad", [Feedback(documents=0), Feedback(terms=0), Feedback(original=1.2)])
def test_numbers_that_do_not_fit_are_refused(bad: Feedback) -> None:
    with pytest.raises(InputError, match=r"documents|terms|original"):
        Bm25Retriever(feedback=bad).fit(DOCUMENTS)


def test_collection_without_a_word() -> None:
    retriever = Bm25Retriever(feedback=Feedback(), stopwords="en").fit([Document("a", "the"), Document("b", "")])
    assert retriever.search(["kidney", ""]) == [[], []]


def test_counts_survive_saving(tmp_path) -> None:  # type: ignore[no-untyped-def]
    COUNTS.save(tmp_path / "counts.npz")
    loaded = TermCounts.load(tmp_path / "counts.npz")
    for row in range(4):
        for one, other in zip(loaded.shares(row), COUNTS.shares(row), strict=True):
            assert np.array_equal(one, other)


TITLED = [
    Document("a", "about lamps and a parcel", "The parcel"),
    Document("b", "parcel parcel lamp", "Lamps"),
    Document("c", "x y"),
]


@pytest.mark.parametrize("weight", [0, 1, 2, 5])
def test_a_weighted_title_is_a_repeated_title(weight: int) -> None:
    written = [Document(one.id, " ".join([*[one.title] * weight, one.text])) for one in TITLED]
    queries = ["parcel", "lamp", "parcel lamps"]
    assert Bm25Retriever(title_weight=weight).fit(TITLED).search(queries) == Bm25Retriever().fit(written).search(queries)


@pytest.mark.parametrize("weight", [-1, 1.5, True, "2"])
def test_title_weights_that_are_none_are_refused(weight: object) -> None:
    with pytest.raises(InputError, match="title_weight"):
        Bm25Retriever(title_weight=weight).fit(TITLED)  # type: ignore[arg-type]
