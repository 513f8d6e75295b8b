"""Tiny training data, and inputs as different as inputs are: one set for each contract, the same for all components."""

from __future__ import annotations

import numpy as np

from nlpref.types import Document, JudgedQuery, LabelledText, Span, TaggedTokens

_THINGS = ("parcel", "lamp", "chair", "book", "shoe", "table", "mirror", "kettle")
_SAID = {
    "cancel": ("cancel my order of a {}", "please stop the {} order"),
    "refund": ("i want my money back for the {}", "refund the {} to my card"),
    "track": ("where is my {}", "the {} has not arrived yet"),
}
LABELLED = [LabelledText(said.format(thing), label) for thing in _THINGS for label, sayings in _SAID.items() for said in sayings]
TRAIN_TEXTS, VALIDATION_TEXTS = LABELLED[:36], LABELLED[36:]

TEXTS = (
    "where is my parcel",
    "refund",
    "please cancel the order of a chair, i want my money back, and where is my lamp that has not arrived yet? " * 4,
    "",
    "  \n",
    "Où est mon colis ? 🙂",
    "where is my parcel",
    "zzz qqq",
    "!!! ??? ... ;-) #@ --",
    "\u200b",
)
"""Short, long, empty, blank, foreign, the same twice, without a known word, of symbols only, and of no width."""

_PEOPLE, _CITIES = ("Ann", "Bob", "Carla", "Dan Brown", "Eve"), ("Oslo", "Rome", "New York", "Lima", "Cairo")
_FRAMES = ("{person} lives in {city} now", "in {city} you can meet {person} .", "yesterday {person} left for {city}")


def _tagged(frame: str, person: str, city: str) -> TaggedTokens:
    tokens: list[str] = []
    spans = []
    for word in frame.split():
        value, label = {"{person}": (person, "person"), "{city}": (city, "city")}.get(word, (word, ""))
        if label:
            spans.append(Span(len(tokens), len(tokens) + len(value.split()), label))
        tokens += value.split()
    return TaggedTokens(tuple(tokens), tuple(spans))


TAGGED = [_tagged(frame, person, city) for person in _PEOPLE for city in _CITIES for frame in _FRAMES]
TRAIN_TAGGED, VALIDATION_TAGGED = [one for row, one in enumerate(TAGGED) if row % 5], TAGGED[::5]

SENTENCES = (
    ("Ann", "lives", "in", "New", "York", "now"),
    (),
    ("Oslo",),
    ("yesterday", "Dan", "Brown", "left", "for", "Rome", ".") * 9,
    ("\u200b", "", "🙂", "in", "Lima"),
    ("Ann", "lives", "in", "New", "York", "now"),
)
"""Short, empty, one word, longer than a window, words that a tokenizer drops, and the same twice."""

_TOPICS = {
    "returns": "Send an item back within thirty days and print the return label at home",
    "delivery": "A parcel takes three days and the courier sends a message before it arrives",
    "payment": "Pay by card or by invoice and find the receipt under your account",
    "warranty": "A broken lamp is repaired for free in the first two years",
    "password": "Choose a new password on the sign in page when you forgot the old one",
    "gift": "A gift card has no end date and can pay for a part of an order",
    "size": "Measure your foot and compare it with the table of shoe sizes",
    "care": "Clean the wooden table with a dry cloth and never with bleach",
}
DOCUMENTS = [Document(id_, text, id_.title()) for id_, text in _TOPICS.items()] + [
    Document("twin-b", "Two pages that say the same"),
    Document("twin-a", "Two pages that say the same"),
]
_ASKED = {
    "how do i send an item back": "returns",
    "print a return label": "returns",
    "when does my parcel arrive": "delivery",
    "courier message": "delivery",
    "can i pay by invoice": "payment",
    "my lamp is broken": "warranty",
    "forgot my password": "password",
    "does a gift card end": "gift",
    "which shoe size": "size",
    "clean a wooden table": "care",
}
JUDGED = [JudgedQuery(f"q{row}", text, {id_: 1}) for row, (text, id_) in enumerate(_ASKED.items())]
TRAIN_QUERIES, VALIDATION_QUERIES = JUDGED[:7], JUDGED[7:]
QUERIES = (
    "forgot my password",
    "lamp",
    "two pages that say the same",
    "zzz",
    "",
    "send the broken lamp back to the courier, please " * 3,
)
"""Easy, one word, a tie, a word that no document has, nothing, and a long one."""

PAIRS = [
    (query.text, document.content, float(query.relevance.get(document.id, 0)))
    for query in TRAIN_QUERIES
    for document in DOCUMENTS[:6]
]
VALIDATION_PAIRS = [
    (query.text, document.content, float(query.relevance.get(document.id, 0)))
    for query in VALIDATION_QUERIES
    for document in DOCUMENTS[2:8]
]
CANDIDATES = (*(document.content for document in DOCUMENTS[:5]), "", "🙂", "lamp " * 60)

DIM = 16


def _unit_vectors(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


VECTORS = _unit_vectors(300, seed=1)
VECTORS[100:110] = VECTORS[90:100]  # ties
IDS = [f"v{(row * 37) % 300:03d}" for row in range(300)]
"""Their order is not the order of the rows, so that ties by id differ from ties by row."""
QUERY_VECTORS = tuple(np.concatenate([_unit_vectors(6, seed=2), VECTORS[90:92]]))
