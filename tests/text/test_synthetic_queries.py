"""Queries made from documents."""

from __future__ import annotations

from math import log

import pytest

from nlpref.errors import InputError
from nlpref.retrieval import Bm25Retriever
from nlpref.text.synthetic_queries import SyntheticQueries, document_frequencies, key_phrases, sentences_of, synthetic_queries
from nlpref.types import Document

DOCUMENTS = [
    Document("a", "Boundary layers grow along the plate. Heat flows to the wall! Is it steady? It is.", "Flow on a plate"),
    Document("b", "The wall is cooled by helium. Heat flows to the wall.", "Cooling by helium gas"),
    Document("c", "", ""),
    Document("d", "Short.", "Flow on a plate"),
]


def made(kinds: tuple[str, ...], **more: object) -> list[tuple[str, str, dict[str, int]]]:
    settings = SyntheticQueries(kinds, within=None, **more)
    return [(query.id, query.text, dict(query.relevance)) for query in synthetic_queries(DOCUMENTS, settings, seed=1)]


def test_titles_that_are_the_same_are_one_query() -> None:
    assert made(("title",)) == [("a/title", "Flow on a plate", {"a": 1, "d": 1}), ("b/title", "Cooling by helium gas", {"b": 1})]


def test_first_sentences_and_short_ones() -> None:
    assert [text for _, text, _ in made(("first",))] == ["Boundary layers grow along the plate.", "The wall is cooled by helium."]
    assert len(made(("first",), least_words=1)) == 3


def test_drawn_sentences_lose_words_and_nothing_else() -> None:
    whole = {sentence for document in DOCUMENTS for sentence in sentences_of(document.text)}
    assert {text for _, text, _ in made(("sentence",), dropped=0.0, least_words=1)} <= whole
    for _, text, _ in made(("sentence",), dropped=0.5, least_words=1):
        left = iter(max(whole, key=lambda one: sum(word in one.split() for word in text.split())).split())
        assert all(word in left for word in text.split()), "words keep their order"


def test_draws_depend_on_the_seed_and_not_on_the_other_documents() -> None:
    settings = SyntheticQueries(("sentence", "phrases"), within=None, dropped=0.4, least_words=1)
    whole = synthetic_queries(DOCUMENTS, settings, seed=3)
    of_b = [query for query in whole if "b" in query.relevance and "sentence" in query.id]
    alone = [query for query in synthetic_queries(DOCUMENTS[1:2], settings, seed=3) if "sentence" in query.id]
    assert of_b == alone
    assert len({str(synthetic_queries(DOCUMENTS, settings, seed=seed)) for seed in range(5)}) > 1


def test_so_many_documents_are_drawn() -> None:
    for seed in range(3):
        few = SyntheticQueries(("first",), documents=2, within=None, least_words=1)
        drawn = {id_ for query in synthetic_queries(DOCUMENTS, few, seed=seed) for id_ in query.relevance}
        assert len(drawn) <= 2


def test_key_phrases_by_hand() -> None:
    documents = [Document("x", "wall of heat"), Document("y", "wall"), Document("z", "gas")]
    frequencies = document_frequencies(documents)
    assert frequencies == {"wall": 2, "of": 1, "heat": 1, "gas": 1}
    # wall twice: 2 log(4/3) = 0.58; heat: log(4/2) = 0.69; "hot wall" with hot: log(4/1) = 1.39
    assert key_phrases("The heat of the wall, hot wall", frequencies, 3, 3) == ["hot wall", "heat", "wall"]
    assert 2 * log(4 / 3) < log(2)
    assert key_phrases("of the and", frequencies, 3, 3) == []


def test_phrases_end_at_stop_words_and_marks_and_after_four_words() -> None:
    found = key_phrases("one-way flow, turbulent jets. of tall red big old green lamps", {}, 1, 9)
    assert set(found) == {"one-way flow", "turbulent jets", "tall red big old", "green lamps"}


def test_a_query_must_find_its_document() -> None:
    documents = [Document(f"d{row}", "the same words stand here", "all the same here") for row in range(5)]
    documents += [Document("e", "quite other things are told", "quite other things")]
    first = Bm25Retriever().fit(documents)
    settings = SyntheticQueries(("title", "first"), within=1)
    assert {query.id for query in synthetic_queries(documents, settings, first)} == {"d0/title", "d0/first", "e/title", "e/first"}
    lonely = [Document("f", "nothing of the kind is told", "a most remote subject")]
    assert synthetic_queries(lonely, settings, first) == []


@pytest.mark.parametrize("wrong", [{"kinds": "title"}, {"kinds": ["titel"]}, {"kinds": []}, {"dropped": 1.0}, {"within": 0}])
def test_settings_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected"):
        SyntheticQueries(**wrong)
