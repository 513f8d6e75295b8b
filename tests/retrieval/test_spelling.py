"""Edit distances against a table filled cell by cell, and what a word is read as."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpref.errors import InputError
from nlpref.retrieval import Bm25Retriever
from nlpref.retrieval.spelling import KnownWords, Spelling, edit_distances
from nlpref.types import Document

WORDS = st.text("abcé", max_size=7)


def plain_distance(one: str, other: str) -> int:
    """Optimal string alignment by recursion over beginnings."""
    table = {(-1, j): j + 1 for j in range(-1, len(other))} | {(i, -1): i + 1 for i in range(-1, len(one))}
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i and j and a == other[j - 1] and one[i - 1] == b:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one) - 1, len(other) - 1]


@given(WORDS, st.lists(WORDS, max_size=6))
def test_distances_are_those_of_the_plain_table(word: str, others: list[str]) -> None:
    assert edit_distances(word, others).tolist() == [plain_distance(word, other) for other in others]


@given(st.text("abcdefgh", min_size=4, max_size=10), st.lists(st.text("abcdefgh", min_size=1, max_size=10), max_size=20))
def test_no_near_word_is_overlooked(word: str, others: list[str]) -> None:
    """The sets of letters rule out only what is too far."""
    spelling = Spelling(most=100)
    distances = {other: plain_distance(word, other) for other in others}
    nearest = min(distances.values(), default=9)
    expected = {other for other, distance in distances.items() if distance == nearest <= spelling.edits(word)}
    assert set(KnownWords(dict.fromkeys(others, 1)).near(word, spelling)) == expected


def test_a_swap_is_one_edit() -> None:
    assert edit_distances("recieve", ["receive", "relieve", "reprieve", ""]).tolist() == [1, 1, 2, 7]


def test_near_words_share_by_documents_and_fewer_edits_come_first() -> None:
    known = KnownWords({"parcel": 6, "parcels": 2, "pencil": 9, "marcel": 1, "a1b2c3": 5})
    assert known.near("parcal", Spelling()) == {"parcel": 1.0}
    assert known.near("barcel", Spelling()) == {"parcel": 6 / 7, "marcel": 1 / 7}
    assert known.near("barcel", Spelling(most=1)) == {"parcel": 1.0}
    assert known.near("parceels", Spelling()) == {"parcels": 1.0}
    assert known.near("perceels", Spelling()) == {"parcels": 1.0}, "two edits in eight letters"
    assert known.near("pacel", Spelling(shortest=6)) == {}, "too short"
    assert known.near("a1b2c4", Spelling()) == {}, "another number is another thing"
    assert KnownWords({}).near("parcel", Spelling()) == {}


DOCUMENTS = [
    Document("a", "transplantation of the kidney"),
    Document("b", "parcels arrive late"),
    Document("c", "the parcel and the kidney"),
]


def test_an_unknown_word_finds_what_the_right_one_does() -> None:
    right = Bm25Retriever().fit(DOCUMENTS).search(["kidney transplantation"])
    assert Bm25Retriever().fit(DOCUMENTS).search(["transplantatoin"]) == [[]]
    tolerant = Bm25Retriever(spelling=Spelling()).fit(DOCUMENTS)
    [found] = tolerant.search(["kidnye transplantaton"])
    assert [hit.id for hit in found] == [hit.id for hit in right[0]]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in right[0]], abs=1e-6)


def test_a_word_that_a_document_holds_stays_as_it_is() -> None:
    """``parcels`` is no word of document c, but its stem is."""
    queries = ["parcels", "late kidney", "zzzzz", "", "the"]
    plain, tolerant = (Bm25Retriever(spelling=spelling).fit(DOCUMENTS).search(queries) for spelling in (None, Spelling()))
    for one, other in zip(plain, tolerant, strict=True):
        assert [hit.id for hit in one] == [hit.id for hit in other]
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-6)


def test_two_readings_share_the_weight() -> None:
    documents = [Document("a", "marcel"), Document("b", "parcel"), Document("c", "parcel")]
    [found] = Bm25Retriever(spelling=Spelling(), b=0.0).fit(documents).search(["barcel"])
    gains = {hit.id: hit.score for hits in Bm25Retriever(b=0.0).fit(documents).search(["marcel", "parcel"]) for hit in hits}
    assert {hit.id: hit.score for hit in found} == pytest.approx(
        {"a": gains["a"] / 3, "b": gains["b"] * 2 / 3, "c": gains["c"] * 2 / 3}, abs=1e-6
    )


@pytest.mark.parametrize("bad", [Spelling(shortest=0), Spelling(most=0), Spelling(shortest=6, shortest_for_two=5)])
def test_numbers_that_do_not_fit_are_refused(bad: Spelling) -> None:
    with pytest.raises(InputError, match=r"shortest|most"):
        Bm25Retriever(spelling=bad).fit(DOCUMENTS)


def test_letters_beyond_the_bits_do_not_matter() -> None:
    words = ["".join(chr(code) for code in range(start, start + 6)) for start in (97, 945, 0x4E00)]
    known = KnownWords(dict.fromkeys(words, 1))
    for word in words:
        assert list(known.near(word[:-1] + "x", Spelling())) == [word]
    assert np.all([word in known for word in words])
