"""The contracts of ``nlpref.protocols`` as the laws see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.contracts import examples as given
from tests.contracts.contract import Contract, Mistake

from nlpref import protocols
from nlpref.types import Document, LabelledText, TaggedTokens

__all__ = ["CLASSIFIER", "CONTRACTS", "DATASET", "ENCODER", "INDEX", "RERANKER", "RETRIEVER", "TAGGER", "TRACKER"]

K = 6
HALF = "b\ud83d"
ONE_LABEL = [LabelledText("a", "only"), LabelledText("b", "only")]
NEW_LABEL = [LabelledText("a", "unheard-of")]
NO_ENTITY = [TaggedTokens(("a", "b"))]


def is_empty_array(answer: Any, *shape: int) -> bool:
    return isinstance(answer, np.ndarray) and answer.shape == (0, *shape) and answer.dtype == np.float32


def text_mistakes(method: str) -> list[Mistake]:
    """What is wrong with texts, whatever the method that takes them."""
    return [
        Mistake("one string", lambda model: getattr(model, method)("some text"), "some text"),
        Mistake("None inside", lambda model: getattr(model, method)(["a", None]), "NoneType"),
        Mistake("a number inside", lambda model: getattr(model, method)(["a", 5]), "int"),
        Mistake("None", lambda model: getattr(model, method)(None), "NoneType"),
        Mistake("bytes", lambda model: getattr(model, method)([b"a"]), "bytes"),
        Mistake("lists of texts", lambda model: getattr(model, method)([["a", "b"]]), "list"),
        Mistake("half a character", lambda model: getattr(model, method)(["a", HALF]), "half of a surrogate pair"),
    ]


CLASSIFIER = Contract(
    name="TextClassifier",
    protocol=protocols.TextClassifier,
    method="predict_proba",
    fit=lambda model: model.fit(given.TRAIN_TEXTS, given.VALIDATION_TEXTS),
    answer=lambda model, texts: model.predict_proba(texts),
    inputs=given.TEXTS,
    empty=lambda model, answer: is_empty_array(answer, len(model.labels)),
    mistakes=text_mistakes("predict_proba"),
    training_mistakes=[
        Mistake("one string", lambda model: model.fit("some text"), "some text"),
        Mistake("None", lambda model: model.fit(None), "NoneType"),
        Mistake("texts without labels", lambda model: model.fit(["a", "b"]), "str"),
        Mistake("None inside", lambda model: model.fit([*given.TRAIN_TEXTS, None]), "NoneType"),
        Mistake("no examples", lambda model: model.fit([]), "two labels"),
        Mistake("a label that is none", lambda model: model.fit([*given.TRAIN_TEXTS, LabelledText("a", 3)]), "label 3"),
        Mistake("one label", lambda model: model.fit(ONE_LABEL), "only"),
        Mistake("a text that is none", lambda model: model.fit([*given.TRAIN_TEXTS, LabelledText(3, "track")]), "int"),
        Mistake("validation of texts", lambda model: model.fit(given.TRAIN_TEXTS, ["a"]), "validation"),
        Mistake("a new label in validation", lambda model: model.fit(given.TRAIN_TEXTS, NEW_LABEL), "unheard-of"),
    ],
)

TAGGER = Contract(
    name="TokenTagger",
    protocol=protocols.TokenTagger,
    method="predict",
    fit=lambda model: model.fit(given.TRAIN_TAGGED, given.VALIDATION_TAGGED),
    answer=lambda model, sentences: model.predict(sentences),
    inputs=given.SENTENCES,
    empty=lambda _, answer: isinstance(answer, list) and not answer,
    mistakes=[
        Mistake("one string", lambda model: model.predict("some text"), "some text"),
        Mistake("sentences as strings", lambda model: model.predict(["some text"]), "some text"),
        Mistake("None", lambda model: model.predict(None), "NoneType"),
        Mistake("None for a sentence", lambda model: model.predict([["a"], None]), "sentence 1"),
        Mistake("None for a token", lambda model: model.predict([["a", None]]), "NoneType"),
        Mistake("a number for a token", lambda model: model.predict([["a"], ["b", 5]]), "sentence 1"),
        Mistake("half a character", lambda model: model.predict([["a"], ["b", HALF]]), "half of a surrogate pair"),
    ],
    training_mistakes=[
        Mistake("one string", lambda model: model.fit("some text"), "some text"),
        Mistake("None", lambda model: model.fit(None), "NoneType"),
        Mistake("token lists without spans", lambda model: model.fit([["a", "b"]]), "list"),
        Mistake("None inside", lambda model: model.fit([*given.TRAIN_TAGGED, None]), "NoneType"),
        Mistake("no sentences", lambda model: model.fit([]), "0 sentences"),
        Mistake("no entity", lambda model: model.fit(NO_ENTITY), "1 sentence"),
        Mistake("a token that is none", lambda model: model.fit([*given.TRAIN_TAGGED, TaggedTokens((3,))]), "int"),
        Mistake("validation of token lists", lambda model: model.fit(given.TRAIN_TAGGED, [["a"]]), "validation"),
    ],
)

ENCODER = Contract(
    name="Encoder",
    protocol=protocols.Encoder,
    method="encode",
    answer=lambda encoder, texts: encoder.encode(texts),
    inputs=given.TEXTS,
    empty=lambda encoder, answer: is_empty_array(answer, encoder.dim),
    mistakes=[
        *text_mistakes("encode"),
        Mistake("an unknown role", lambda encoder: encoder.encode(["a"], role="qury"), "qury"),
    ],
)


def _filled(index: Any) -> Any:
    index.add(given.IDS[:200], given.VECTORS[:200])
    index.add(given.IDS[200:], given.VECTORS[200:])
    return index


def _stack(rows: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack(rows) if len(rows) else np.zeros((0, given.DIM), dtype=np.float32)


ROW = given.VECTORS[:1]
INDEX = Contract(
    name="VectorIndex",
    protocol=protocols.VectorIndex,
    method="search",
    fit=_filled,
    answer=lambda index, rows: index.search(_stack(rows), K),
    inputs=given.QUERY_VECTORS,
    empty=lambda _, answer: isinstance(answer, list) and not answer,
    mistakes=[
        Mistake("k of 0", lambda index: index.search(ROW, 0), "k is 0"),
        Mistake("half a k", lambda index: index.search(ROW, 1.5), "k is 1.5"),
        Mistake("one vector alone", lambda index: index.search(ROW[0], 3), "(16,)"),
        Mistake("another width", lambda index: index.search(ROW[:, :5], 3), "(1, 5)"),
        Mistake("lists", lambda index: index.search([[0.0] * given.DIM], 3), "list"),
        Mistake("NaN", lambda index: index.search(ROW * np.float32("nan"), 3), "NaN"),
        Mistake("a known id", lambda index: index.add([given.IDS[0]], ROW), given.IDS[0]),
        Mistake("an id twice", lambda index: index.add(["new", "new"], given.VECTORS[:2]), "new"),
        Mistake("ids as one string", lambda index: index.add("new", ROW), "new"),
        Mistake("a number for an id", lambda index: index.add([7], ROW), "int"),
        Mistake("fewer ids than vectors", lambda index: index.add(["new"], given.VECTORS[:2]), "2 vectors"),
        Mistake("vectors of another width", lambda index: index.add(["new"], ROW[:, :5]), "(1, 5)"),
        Mistake("an unknown id removed", lambda index: index.remove(["unheard-of"]), "unheard-of"),
    ],
)

RERANKER = Contract(
    name="Reranker",
    protocol=protocols.Reranker,
    method="score",
    fit=lambda model: model.fit(given.PAIRS, given.VALIDATION_PAIRS),
    answer=lambda model, texts: model.score("my lamp is broken", texts),
    inputs=given.CANDIDATES,
    empty=lambda _, answer: is_empty_array(answer),
    mistakes=[
        Mistake("one string", lambda model: model.score("query", "some text"), "some text"),
        Mistake("None inside", lambda model: model.score("query", ["a", None]), "NoneType"),
        Mistake("None for the texts", lambda model: model.score("query", None), "NoneType"),
        Mistake("None for the query", lambda model: model.score(None, ["a"]), "query is a NoneType"),
        Mistake("a list for the query", lambda model: model.score(["query"], ["a"]), "query is a list"),
        Mistake("half a character", lambda model: model.score("query", [HALF]), "half of a surrogate pair"),
        Mistake("half a character in the query", lambda model: model.score(HALF, ["a"]), "half of a surrogate pair"),
    ],
    training_mistakes=[
        Mistake("one string", lambda model: model.fit("some text"), "some text"),
        Mistake("None", lambda model: model.fit(None), "NoneType"),
        Mistake("pairs without grades", lambda model: model.fit([("query", "text")]), "('query', 'text')"),
        Mistake("None inside", lambda model: model.fit([*given.PAIRS, None]), "NoneType"),
        Mistake("a text that is none", lambda model: model.fit([*given.PAIRS, ("query", 3, 1.0)]), "3"),
        Mistake("a grade that is none", lambda model: model.fit([*given.PAIRS, ("query", "text", "good")]), "good"),
        Mistake("no negatives", lambda model: model.fit([("query", "text", 1.0)]), "negative"),
        Mistake("no pairs", lambda model: model.fit([]), "0 pairs"),
        Mistake("validation of pairs", lambda model: model.fit(given.PAIRS, [("query", "text")]), "validation"),
    ],
)

TWICE = [Document("same-id", "a"), Document("same-id", "b")]
RETRIEVER = Contract(
    name="Retriever",
    protocol=protocols.Retriever,
    method="search",
    fit=lambda model: model.fit(given.DOCUMENTS, given.TRAIN_QUERIES, given.VALIDATION_QUERIES),
    answer=lambda model, queries: model.search(queries, K),
    inputs=given.QUERIES,
    empty=lambda _, answer: isinstance(answer, list) and not answer,
    mistakes=[
        *text_mistakes("search"),
        Mistake("k of 0", lambda model: model.search(["a"], 0), "k is 0"),
        Mistake("half a k", lambda model: model.search(["a"], k=1.5), "k is 1.5"),
        Mistake("k of True", lambda model: model.search(["a"], k=True), "k is True"),
    ],
    training_mistakes=[
        Mistake("one string", lambda model: model.fit("some text"), "some text"),
        Mistake("None", lambda model: model.fit(None), "NoneType"),
        Mistake("texts without ids", lambda model: model.fit(["some text"]), "str"),
        Mistake("None inside", lambda model: model.fit([*given.DOCUMENTS, None]), "NoneType"),
        Mistake("no documents", lambda model: model.fit([]), "no documents"),
        Mistake("an id twice", lambda model: model.fit(TWICE), "same-id"),
        Mistake("a text that is none", lambda model: model.fit([Document("a", 3)]), "int"),
        Mistake("an id that is none", lambda model: model.fit([Document(3, "a")]), "int"),
        Mistake("queries as texts", lambda model: model.fit(given.DOCUMENTS, ["some text"]), "str"),
        Mistake("validation as texts", lambda model: model.fit(given.DOCUMENTS, (), ["some text"]), "str"),
    ],
)

TRACKER = Contract(name="Tracker", protocol=protocols.Tracker)
DATASET = Contract(name="Dataset", protocol=protocols.Dataset)

CONTRACTS = (CLASSIFIER, TAGGER, ENCODER, INDEX, RERANKER, RETRIEVER, TRACKER, DATASET)
