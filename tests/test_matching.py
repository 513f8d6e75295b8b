"""A task, a data set and a model that do not belong together are refused by name."""

from __future__ import annotations

import pytest

from nlpref.classification import TfidfClassifier
from nlpref.data.dataset import InMemoryDataset, RetrievalDataset
from nlpref.errors import InputError
from nlpref.matching import check_examples, check_model, unknown_labels
from nlpref.retrieval import Bm25Retriever
from nlpref.tagging import CrfTagger
from nlpref.types import Document, JudgedQuery, LabelledText, Span, TaggedTokens

TEXTS = [LabelledText(text, label) for text, label in (("my refund", "pay"), ("pay back", "pay"), ("late parcel", "post"))]
TEXTS += [LabelledText("a parcel", "post")]
SENTENCES = [TaggedTokens(("in", "Rome"), (Span(1, 2, "CITY"),)), TaggedTokens(("to", "Oslo"), (Span(1, 2, "CITY"),))]
GOODS = [Document("d1", "a parcel"), Document("d2", "a lamp")]
SHOP = RetrievalDataset("shop", GOODS, {"test": [JudgedQuery("q", "lamp", {"d2": 1})]})
DATA = {
    "classification": InMemoryDataset("mail", {"test": TEXTS}),
    "ner": InMemoryDataset("trips", {"test": SENTENCES}),
    "retrieval": SHOP,
}


@pytest.mark.parametrize("task", DATA)
@pytest.mark.parametrize("given", DATA)
def test_data_of_another_task_is_refused(task: str, given: str) -> None:
    if task == given:
        check_examples(task, DATA[given], "test")
        return
    with pytest.raises(InputError, match=f"{DATA[given].name} holds .*; it is for task={given}"):
        check_examples(task, DATA[given], "test")


def test_a_missing_split_is_named() -> None:
    with pytest.raises(InputError, match="mail has no split 'tset'; it has: test"):
        check_examples("classification", DATA["classification"], "tset")


def test_labels_that_the_model_cannot_give() -> None:
    model = TfidfClassifier(C=1.0).fit(TEXTS)
    other = [LabelledText("hello", "greeting"), LabelledText("bye", "farewell")]
    with pytest.raises(InputError, match="given 'farewell', 'greeting'; the model knows 'pay', 'post'"):
        check_model("classification", model, InMemoryDataset("talk", {"test": other}), "test")
    mixed = InMemoryDataset("mixed", {"test": [*TEXTS, *other]})
    check_model("classification", model, mixed, "test")
    assert unknown_labels(model, mixed.split("test")) == ["farewell", "greeting"]


def test_entity_types_that_the_model_cannot_give() -> None:
    model = CrfTagger().fit(SENTENCES)
    check_model("ner", model, InMemoryDataset("plain", {"test": [TaggedTokens(("no", "names"))]}), "test")
    people = InMemoryDataset("people", {"test": [TaggedTokens(("hi", "Ann"), (Span(1, 2, "PERSON"),))]})
    with pytest.raises(InputError, match="given 'PERSON'; the model knows 'CITY'"):
        check_model("ner", model, people, "test")


def test_a_retriever_of_another_collection() -> None:
    model = Bm25Retriever().fit(SHOP.documents)
    check_model("retrieval", model, SHOP, "test")
    zoo = RetrievalDataset("zoo", [Document("lion", "a lamp")], {"test": [JudgedQuery("q", "lamp", {"lion": 1})]})
    with pytest.raises(InputError, match="has the document 'd2', which zoo lacks"):
        check_model("retrieval", model, zoo, "test")
