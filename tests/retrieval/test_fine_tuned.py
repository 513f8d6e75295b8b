"""A bi-encoder that is trained: what its batches hold, what it learns, and from what it may."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm
from tests.retrieval.test_composites import ndcg

from nlpref.errors import InputError
from nlpref.neural.contrastive import Contrastive
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.prompted import PromptedEncoder
from nlpref.neural.session import training_session
from nlpref.neural.settings import FineTuning
from nlpref.neural.truncated import TruncatedEncoder
from nlpref.retrieval import CrossEncoder, DenseRetriever, ExactIndex, FineTunedDenseRetriever, RerankedRetriever
from nlpref.retrieval.bi_encoder_training import Learner, Lesson, collator
from nlpref.retrieval.hard_negatives import HardNegatives
from nlpref.text.synthetic_queries import SyntheticQueries
from nlpref.types import Document, JudgedQuery

THINGS = ["book", "house", "car", "dog", "tree", "river", "door", "table"]
ASKED = ["night", "money", "paper", "song", "king", "war", "milk", "gold"]
"""Nothing in the language joins the words of one place; the training must."""
DOCUMENTS = [Document(thing, f"here is the {thing}") for thing in THINGS]
TRAIN = [JudgedQuery(word, f"about {word}", {thing: 1}) for word, thing in zip(ASKED, THINGS, strict=True)]
STILL = FineTuning(epochs=1, learning_rate=1e-12, batch_size=4)


def encoder() -> SentenceEncoder:
    return SentenceEncoder(small_minilm(), layers=1, max_length=16)


def retriever(training: FineTuning = STILL, **more: object) -> FineTunedDenseRetriever:
    given = {"encoder": encoder(), "index": ExactIndex(), "choose": False, "cache": False, **more}
    return FineTunedDenseRetriever(training=training, **given)


@pytest.fixture(scope="module")
def fitted() -> FineTunedDenseRetriever:
    settings = FineTuning(epochs=15, learning_rate=1e-3, batch_size=8)
    return retriever(settings, objective=Contrastive(chunk=3, dims=(64,))).fit(DOCUMENTS, TRAIN)


def test_learns_what_answers_what(fitted: FineTunedDenseRetriever) -> None:
    before = DenseRetriever(encoder(), ExactIndex(), cache=False).fit(DOCUMENTS)
    assert ndcg(before, TRAIN) < 0.7
    assert ndcg(fitted, TRAIN) > 0.95


def test_the_first_components_have_learned_too(fitted: FineTunedDenseRetriever) -> None:
    short = DenseRetriever(TruncatedEncoder(fitted.encoder, 64), ExactIndex(), cache=False).fit(DOCUMENTS)
    assert ndcg(short, TRAIN) > 0.9


def test_training_leaves_the_given_encoder_as_it_was_and_starts_from_it_again() -> None:
    given = encoder()
    before = given.encode(["a dog"])
    moving = retriever(FineTuning(epochs=1, learning_rate=1e-3, batch_size=4), encoder=given)
    first = moving.fit(DOCUMENTS, TRAIN).encoder.encode(["a dog"])
    assert given.encode(["a dog"]) == pytest.approx(before, abs=1e-7)
    assert np.abs(first - before).max() > 1e-3
    assert moving.fit(DOCUMENTS, TRAIN).encoder.encode(["a dog"]) == pytest.approx(first, abs=1e-5)


def lesson(query: str, positive: str, relevant: str = "", negatives: str = "", taught: dict[str, float] | None = None) -> Lesson:
    [encoding] = encoder().subwords.texts([query])
    return Lesson(encoding, positive, frozenset({positive, *relevant.split()}), tuple(negatives.split()), taught)


def test_a_batch_holds_each_document_once_and_no_false_negative() -> None:
    subwords = encoder().subwords
    documents = dict(zip("abcd", subwords.texts(["one", "two words", "three", "four"]), strict=True))
    lessons = [lesson("x", "a", "c", "b d"), lesson("y z", "b", "", "a b d")]
    batch = collator(subwords, documents, 5, with_teacher=True)(
        [{"lesson": lessons[0]}, {"lesson": lessons[1]}, {"lesson": lesson("w", "a", "b", "", {"a": 2.0, "d": -1.0})}]
    )
    assert batch["positives"].tolist() == [0, 1, 0]
    assert batch["document_input_ids"].shape[0] == 3  # a, b, d
    assert batch["query_input_ids"].shape[0] == 3
    assert batch["ignored"].tolist() == [[False, False, False], [False, False, False], [False, True, False]]
    assert torch.isnan(batch["taught"]).tolist() == [[True] * 3, [True] * 3, [False, True, False]]


def test_the_loss_is_that_of_the_vectors_which_search_compares() -> None:
    subwords, texts = encoder().subwords, {"a": "here is the dog", "b": "here is the tree", "c": "a river"}
    documents = dict(zip(texts, subwords.texts(list(texts.values())), strict=True))
    lessons = [lesson("about milk", "a", "", "c"), lesson("about war", "b", "a")]
    model = encoder()
    network = model.engine.network
    batch = collator(subwords, documents, 1)([{"lesson": one} for one in lessons])
    queries, found = model.encode(["about milk", "about war"], role="query"), model.encode(list(texts.values()))
    scores = (queries @ found.T).astype(np.float64) / 0.1
    expected = [np.log(np.exp(scores[0]).sum()) - scores[0, 0], np.log(np.exp(scores[1, 1:]).sum()) - scores[1, 1]]
    with torch.inference_mode():
        loss = Learner(network.eval(), Contrastive(temperature=0.1))(**batch)["loss"]
    assert float(loss) == pytest.approx(np.mean(expected), abs=1e-4)


def test_the_score_of_an_epoch_is_ndcg_over_the_pool() -> None:
    model = retriever(choose=True, pool=len(DOCUMENTS)).fit(DOCUMENTS, TRAIN[:5], TRAIN[5:])
    [found] = [entry["eval_ndcg@10"] for entry in model.history_ if "eval_ndcg@10" in entry]
    assert found == pytest.approx(ndcg(model, TRAIN[5:]), abs=1e-6)


def test_a_query_found_word_for_word_is_taken_out_of_its_document() -> None:
    documents = [Document("a", "print the label. send it back.", "how returns work"), Document("b", "pay by card", "payment")]
    queries = [JudgedQuery("t", "how returns work", {"a": 1}), JudgedQuery("u", "card", {"b": 1})]
    seen = {}

    class Watched(FineTunedDenseRetriever):
        def _lessons(self, *given):  # type: ignore[no-untyped-def]
            seen[self.hidden] = lessons, used = super()._lessons(*given)
            return lessons, used

    for hidden in (1.0, 0.0):
        Watched(encoder(), ExactIndex(), STILL, hidden=hidden, choose=False, cache=False).fit(documents, queries)
    texts = {one.positive: seen[1.0][1][one.positive] for one in seen[1.0][0]}
    assert sorted(text.strip() for text in texts.values()) == ["payment pay by", "print the label. send it back."]
    assert not set(texts) & {"a", "b"}
    assert all({"a", "b"} & one.relevant for one in seen[1.0][0])
    assert [one.positive for one in seen[0.0][0]] == ["a", "b"]


def test_queries_can_be_made_of_the_documents() -> None:
    documents = [Document(thing, f"The {thing} is here. It was far away.", f"about the {thing}") for thing in THINGS]
    model = retriever(synthetic=SyntheticQueries(("title",), within=3)).fit(documents)
    assert model.search(["the river"], 1)[0][0].id == "river"
    with pytest.raises(InputError, match="none of 0 train queries has a relevant document"):
        retriever().fit(documents)
    with pytest.raises(InputError, match="none of 1 train queries"):
        retriever().fit(documents, [JudgedQuery("q", "about", {"absent": 1})])


def test_a_teacher_tells_its_margins(tmp_path: Path) -> None:
    pairs = [(query.text, document.content, float(document.id in query.relevance)) for query in TRAIN for document in DOCUMENTS]
    teacher = CrossEncoder(small_minilm(), STILL, layers=1, max_length=24).fit(pairs)
    teacher.save(tmp_path / "teacher")
    alone = retriever(negatives=HardNegatives(share=None)).fit(DOCUMENTS, TRAIN)
    taught = retriever(negatives=HardNegatives(share=None), teacher=str(tmp_path / "teacher")).fit(DOCUMENTS, TRAIN)
    losses = [next(entry["loss"] for entry in model.history_ if "loss" in entry) for model in (alone, taught)]
    assert losses[0] != pytest.approx(losses[1], abs=1e-3)


def test_words_before_texts_are_learned_with() -> None:
    asked = PromptedEncoder(encoder(), "query: ", "page: ")
    model = retriever(encoder=asked, training=FineTuning(epochs=1, learning_rate=1e-4)).fit(DOCUMENTS, TRAIN)
    assert isinstance(model.encoder, PromptedEncoder)
    assert model.encoder.query == "query: "
    assert np.abs(model.encoder.encode(["a dog"]) - asked.encode(["a dog"])).max() > 1e-5


def test_a_reranker_trained_in_the_same_run_has_other_checkpoints(tmp_path: Path) -> None:
    def trained() -> RerankedRetriever:
        moving = FineTuning(epochs=1, learning_rate=1e-3, batch_size=8)
        ranker = CrossEncoder(small_minilm(), moving, layers=1, max_length=24)
        with training_session(checkpoints=tmp_path):
            return RerankedRetriever(retriever(moving), ranker, depth=3).fit(DOCUMENTS, TRAIN)

    first, again = trained(), trained()
    assert (tmp_path / "training-2").is_dir()
    for one, other in ((first.first.encoder, again.first.encoder), (first.reranker, again.reranker)):
        texts = ["a dog"]
        seen = [part.encode(texts) if hasattr(part, "encode") else part.score("about milk", texts) for part in (one, other)]
        assert seen[0] == pytest.approx(seen[1], abs=1e-6)


@pytest.mark.parametrize("wrong", [{"hidden": 2.0}, {"pool": 0}, {"objective": Contrastive(dims=(9999,))}])
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong)) if "objective" not in wrong else "dims"):
        retriever(**wrong).fit(DOCUMENTS, TRAIN)
