"""BM25 against its formula written out in plain Python."""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
import Stemmer

from nlpref.errors import InputError
from nlpref.retrieval import Bm25Retriever
from nlpref.types import Document

WORDS = [
    "parcel",
    "parcels",
    "refund",
    "refunded",
    "card",
    "cards",
    "delivery",
    "late",
    "the",
    "of",
    "and",
    "is",
    "a",
    "it",
    "café",
]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    random = np.random.default_rng(0)
    made = []
    for number in range(80):
        words = random.choice(WORDS, size=random.integers(0, 40)).tolist()
        made.append(Document(f"d{number:02d}", ", ".join(words).upper(), title=words[0] if words and number % 3 == 0 else ""))
    return made


QUERIES = ["parcels and cards", "refund refund late", "Café?", "the of", "nothing known", "", "late delivery of the parcel " * 3]


def plain_bm25(
    documents: Sequence[Document], query: str, k1: float, b: float, method: str, delta: float = 0.5
) -> dict[str, float]:
    """Kamphuis et al. 2020, table 1, word by word; stop words and stemming as in the retriever's defaults."""
    stop = {"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of"}
    stop |= {"on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with"}
    stem = Stemmer.Stemmer("english").stemWord

    def words(text: str) -> list[str]:
        return [stem(word) for word in re.findall(r"\w{2,}", text.lower()) if word not in stop]

    bags = {document.id: Counter(words(f"{document.title} {document.text}")) for document in documents}
    n, mean = len(bags), sum(bag.total() for bag in bags.values()) / len(bags)
    scores: dict[str, float] = {}
    for word in words(query):
        df = sum(word in bag for bag in bags.values())
        for id_, bag in bags.items():
            tf, norm = bag[word], 1 - b + b * bag.total() / mean
            if not tf:
                continue
            if method == "lucene":
                gain = math.log(1 + (n - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * norm)
            elif method == "atire":
                gain = math.log(n / df) * tf * (k1 + 1) / (tf + k1 * norm)
            elif method == "bm25+":
                gain = math.log((n + 1) / df) * (delta + tf * (k1 + 1) / (tf + k1 * norm))
            scores[id_] = scores.get(id_, 0.0) + gain
    return scores


@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (0.9, 0.4), (0.0, 0.0), (2.0, 1.0)])
def test_lucene_variant_is_its_formula(documents: list[Document], k1: float, b: float) -> None:
    found = Bm25Retriever(k1=k1, b=b).fit(documents).search(QUERIES, k=100)
    for query, hits in zip(QUERIES, found, strict=True):
        wanted = plain_bm25(documents, query, k1, b, "lucene")
        assert {hit.id: hit.score for hit in hits} == pytest.approx(wanted, abs=1e-5)
        assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.id))
    assert [len(hits) for hits in found[3:6]] == [0, 0, 0]
    assert len(found[0]) > 50


def test_atire_variant_is_its_formula(documents: list[Document]) -> None:
    [hits] = Bm25Retriever(method="atire").fit(documents).search(["refund late"], k=100)
    wanted = plain_bm25(documents, "refund late", 1.5, 0.75, "atire")
    assert {hit.id: hit.score for hit in hits} == pytest.approx(wanted, abs=1e-5)


def test_cutoff_keeps_the_best(documents: list[Document]) -> None:
    retriever = Bm25Retriever().fit(documents)
    [hits] = retriever.search(["late parcel"], k=100)
    assert retriever.search(["late parcel"], k=7) == [hits[:7]]


def test_ties_go_by_id() -> None:
    documents = [Document(id_, "one parcel") for id_ in ("c", "a", "b")] + [Document("z", "other text")]
    assert [hit.id for hit in Bm25Retriever().fit(documents).search(["parcel"], k=2)[0]] == ["a", "b"]


@pytest.mark.parametrize("texts", [["", ""], ["the of and", "?!"]])
def test_collection_without_a_word_finds_nothing(texts: list[str]) -> None:
    documents = [Document(str(number), text) for number, text in enumerate(texts)]
    assert Bm25Retriever().fit(documents).search(["the parcel", ""]) == [[], []]


def test_stemming_and_stop_words_can_be_left_out() -> None:
    documents = [Document("a", "the parcels"), Document("b", "parcel")]
    plain = Bm25Retriever(stemmer=None, stopwords=None).fit(documents)
    assert [[hit.id for hit in hits] for hits in plain.search(["parcels", "the", "parcel"])] == [["a"], ["a"], ["b"]]
    stemmed = Bm25Retriever().fit(documents)
    assert [{hit.id for hit in hits} for hits in stemmed.search(["parcels", "the"])] == [{"a", "b"}, set()]


@pytest.mark.parametrize(
    "bad",
    [{"method": "bm42"}, {"stopwords": "de"}, {"stemmer": "klingon"}, {"k1": -1.0}, {"b": 1.5}],
)
def test_settings_that_are_none_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(bad))}"):
        Bm25Retriever(**bad).fit([Document("a", "text")])


def test_indexing_is_silent(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Bm25Retriever().fit([Document("a", "a parcel")]).search(["", "parcel"])
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
