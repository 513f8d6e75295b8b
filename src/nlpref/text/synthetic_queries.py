"""Queries made from the documents themselves, for collections without queries."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from nlpref.errors import InputError
from nlpref.protocols import Retriever
from nlpref.types import Document, JudgedQuery

__all__ = ["KINDS", "SyntheticQueries", "document_frequencies", "key_phrases", "sentences_of", "synthetic_queries"]

KINDS = ("title", "first", "sentence", "phrases")
"""The title; the first sentence; a sentence drawn, with words left out; key phrases side by side."""
WORD = re.compile(r"\w+(?:[-'\u2019]\w+)*")
SEAM = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+(?=[\"'(\[]*[^\W\d_a-z])")
LONGEST_PHRASE = 4


@dataclass(frozen=True)
class SyntheticQueries:
    """Which queries are made of a collection.

    Args:
        kinds: Some of ``title``, ``first`` (sentence), ``sentence`` (drawn, words left out) and ``phrases``.
        documents: Documents that queries are made of, drawn; None for all.
        dropped: Chance that a word of a drawn sentence is left out.
        phrases: Key phrases in a query.
        least_words: Queries of fewer words are not made.
        within: A query must find its document among the first so many hits of the first stage, or it is left out; None keeps all.

    Raises:
        InputError: if a value is out of range.

    Source: Lee, Chang and Toutanova 2019 (inverse cloze task: sentences); MacAvaney et al. 2019 (titles as queries); Rose et al.
    2010 (RAKE: phrases between stop words); Alberti et al. 2019 and Dai et al. 2022, Promptagator (round-trip consistency).
    """

    kinds: Sequence[str] = ("title", "sentence")
    documents: int | None = None
    dropped: float = 0.3
    phrases: int = 3
    least_words: int = 3
    within: int | None = 20

    def __post_init__(self) -> None:
        if isinstance(self.kinds, str) or not self.kinds or set(self.kinds) - set(KINDS):
            raise InputError(f"kinds={self.kinds!r}: expected a list of some of {', '.join(KINDS)}")
        counts = (self.phrases, self.least_words, *(n for n in (self.documents, self.within) if n is not None))
        if min(counts) < 1 or not 0 <= self.dropped < 1:
            raise InputError(
                f"expected phrases, least_words, documents, within >= 1 (the last two or None), 0 <= dropped < 1; got {self}"
            )
        object.__setattr__(self, "kinds", tuple(self.kinds))  # a list from a file is the same

    def make(self, documents: Sequence[Document], first: Retriever | None = None, seed: int = 0) -> list[JudgedQuery]:
        """The queries; see ``synthetic_queries``."""
        return synthetic_queries(documents, self, first, seed)


def synthetic_queries(
    documents: Sequence[Document], settings: SyntheticQueries, first: Retriever | None = None, seed: int = 0
) -> list[JudgedQuery]:
    """Make queries of documents; each is judged relevant to the document it was made of, and to those that gave the same words.

    What is drawn for a document depends on the seed and its id, not on the other documents. A query's id is that of its document
    and its kind, such as ``d7/title``.

    Args:
        documents: The collection.
        settings: What is made.
        first: A retriever fitted on the collection, for the check that a query finds its document; None leaves the check out.
        seed: Of all draws.

    Example:
        >>> pages = [Document("a", "Print the return label. Send the item back.", "Returns of orders")]
        >>> [query.text for query in synthetic_queries(pages, SyntheticQueries(("title", "first"), within=None))]
        ['Returns of orders', 'Print the return label.']
    """
    frequencies = document_frequencies(documents) if "phrases" in settings.kinds else {}
    made: dict[str, tuple[str, dict[str, int]]] = {}
    for document in _drawn(documents, settings.documents, seed):
        for kind in settings.kinds:
            text = _made(document, kind, settings, frequencies, len(documents), _generator(seed, document.id, kind))
            if len(WORD.findall(text)) >= settings.least_words:
                made.setdefault(text, (f"{document.id}/{kind}", {}))[1][document.id] = 1
    queries = [JudgedQuery(id_, text, relevance) for text, (id_, relevance) in made.items()]
    if first is None or settings.within is None or not queries:
        return queries
    found = first.search([query.text for query in queries], settings.within)
    return [
        query for query, hits in zip(queries, found, strict=True) if not query.relevance.keys().isdisjoint(hit.id for hit in hits)
    ]


def sentences_of(text: str) -> list[str]:
    """A text cut after full stops, question and exclamation marks that are followed by what may begin a sentence.

    >>> sentences_of("It rose by 3.5 %. Why? (See p. 4.)")
    ['It rose by 3.5 %.', 'Why?', '(See p. 4.)']
    """
    return [part.strip() for part in SEAM.split(text) if part.strip()]


def document_frequencies(documents: Sequence[Document]) -> Mapping[str, int]:
    """In how many documents each word stands, in small letters."""
    return Counter(word for document in documents for word in {found.lower() for found in WORD.findall(document.content)})


def key_phrases(text: str, frequencies: Mapping[str, int], n_documents: int, count: int) -> list[str]:
    """The phrases that tell most of a text, best first.

    Phrases are the words between English stop words and punctuation, at most four. A phrase's score is the sum over its words of
    their count in the text times the logarithm of the inverse share of documents that hold them.

    Args:
        text: To be described.
        frequencies: Documents that hold each word.
        n_documents: In the collection.
        count: Most phrases.

    Source: Rose et al. 2010, Automatic Keyword Extraction from Individual Documents; weights of Sparck Jones 1972.
    """
    counts = Counter(word.lower() for word in WORD.findall(text))
    weight = {word: n * np.log((1 + n_documents) / (1 + frequencies.get(word, 0))) for word, n in counts.items()}
    scores: dict[str, float] = {}
    for phrase in _phrases(text):
        scores.setdefault(" ".join(phrase), float(sum(weight[word.lower()] for word in phrase)))
    best = sorted(scores, key=lambda phrase: -scores[phrase])  # of equals, the first in the text
    return best[:count]


def _phrases(text: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    end = 0
    for match in WORD.finditer(text):
        word = match.group()
        stop = word.lower() in ENGLISH_STOP_WORDS
        if stop or text[end : match.start()].strip() or len(found[-1]) == LONGEST_PHRASE:
            found.append([])
        if not stop:
            found[-1].append(word)
        end = match.end()
    return [phrase for phrase in found if phrase]


def _made(
    document: Document,
    kind: str,
    settings: SyntheticQueries,
    frequencies: Mapping[str, int],
    n_documents: int,
    random: np.random.Generator,
) -> str:
    if kind == "title":
        return document.title.strip()
    if kind == "phrases":
        return " ".join(key_phrases(document.content, frequencies, n_documents, settings.phrases))
    sentences = sentences_of(document.text)
    if not sentences:
        return ""
    if kind == "first":
        return sentences[0]
    words = sentences[int(random.integers(len(sentences)))].split()
    kept = [word for word, chance in zip(words, random.random(len(words)), strict=True) if chance >= settings.dropped]
    return " ".join(kept)


def _drawn(documents: Sequence[Document], count: int | None, seed: int) -> list[Document]:
    if count is None or count >= len(documents):
        return list(documents)
    chosen = {document.id for document in sorted(documents, key=lambda one: _number(seed, one.id))[:count]}
    return [document for document in documents if document.id in chosen]


def _generator(*parts: Any) -> np.random.Generator:
    return np.random.default_rng(_number(*parts))


def _number(*parts: Any) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()[:8], "big")
