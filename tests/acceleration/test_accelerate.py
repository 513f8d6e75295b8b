"""Every contract, what models are built from, and the choice of the fastest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.contracts import examples as given

from nlpref.acceleration import BACKENDS, accelerate, compare_backends
from nlpref.acceleration.engine import ExportedEngine
from nlpref.acceleration.leaves import neural_parts, replaced
from nlpref.classification import FrozenEncoderClassifier, TfidfClassifier, TransformerClassifier
from nlpref.errors import InputError, MissingResourceError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.torch_engine import TorchEngine
from nlpref.retrieval import Bm25Retriever, DenseRetriever, ExactIndex, HybridRetriever
from nlpref.tagging import TransformerTagger
from nlpref.types import TaggedTokens


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPREF_CACHE", str(tmp_path / "cache"))


def test_a_classifier_keeps_its_probabilities(classifier: TransformerClassifier, texts: Sequence[str]) -> None:
    fast = accelerate(classifier, given.VALIDATION_TEXTS, backend="onnx-fp32")
    assert fast.predict_proba(texts) == pytest.approx(classifier.predict_proba(texts), abs=1e-5)
    assert isinstance(classifier.engine, TorchEngine)  # the one given is left as it was


@pytest.mark.parametrize("kind", ["tagger", "few_shot_tagger"])
def test_a_tagger_keeps_its_spans(kind: str, request: pytest.FixtureRequest) -> None:
    tagger = request.getfixturevalue(kind)
    fast = accelerate(tagger, given.VALIDATION_TAGGED, backend="onnx-fp32")
    for ours, theirs in zip(fast.predict(given.SENTENCES), tagger.predict(given.SENTENCES), strict=True):
        assert [(span.start, span.end, span.label) for span in ours] == [(span.start, span.end, span.label) for span in theirs]
        assert [span.score for span in ours] == pytest.approx([span.score for span in theirs], abs=1e-5)


def test_parts_of_a_model_are_found_and_replaced_wherever_they_are(encoder: SentenceEncoder) -> None:
    dense = DenseRetriever(encoder, ExactIndex(), cache=False)
    hybrid = HybridRetriever(Bm25Retriever(), dense, depth=9).fit(given.DOCUMENTS, given.TRAIN_QUERIES)
    assert list(neural_parts(hybrid)) == [id(encoder)]
    fast = accelerate(hybrid, given.VALIDATION_QUERIES, backend="onnx-fp32")
    [part] = neural_parts(fast).values()
    assert isinstance(part.engine, ExportedEngine)
    assert [part.engine for part in neural_parts(hybrid).values()] == [encoder.engine]
    before, after = (model.search(given.QUERIES, 5) for model in (hybrid, fast))
    assert [[hit.id for hit in hits] for hits in before] == [[hit.id for hit in hits] for hits in after]


def test_a_model_of_two_parts_gets_both_replaced(encoder: SentenceEncoder) -> None:
    frozen = FrozenEncoderClassifier(encoder, C=10.0, cache=False).fit(given.TRAIN_TEXTS)
    fast = accelerate(frozen, given.VALIDATION_TEXTS, "task", backend="onnx-int8")
    assert fast.predict_proba(["where is my parcel"]) == pytest.approx(frozen.predict_proba(["where is my parcel"]), abs=0.1)
    other = SentenceEncoder()
    nested = replaced({"a": [encoder, 1], "b": (encoder,)}, {id(encoder): other})
    assert nested == {"a": [other, 1], "b": (other,)}


def test_auto_measures_once_and_remembers(
    encoder: SentenceEncoder, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from nlpref.acceleration import backends

    few = {name: BACKENDS[name] for name in ("torch", "onnx-fp32", "onnx-int8")}
    monkeypatch.setattr(backends, "BACKENDS", few)
    first = compare_backends(encoder, texts, "task", goal="throughput")
    assert {trial.backend for trial in first.trials} == set(few)
    timed = {trial.backend: trial.all_ms for trial in first.trials if not trial.refused}
    assert first.backend == min(timed, key=lambda name: timed[name])
    assert all(trial.one_ms and trial.figures()["gate"] for trial in first.trials)
    assert len(list((tmp_path / "cache" / "acceleration").glob("*.json"))) == 1
    again = compare_backends(encoder, texts, "task", goal="throughput")
    assert again.backend == first.backend
    assert len(again.trials) == 1  # nothing was measured again
    assert len(compare_backends(encoder, texts, "task", goal="throughput", fresh=True).trials) == 3
    exact = compare_backends(encoder, texts, "exact")
    assert "onnx-int8" not in {trial.backend for trial in exact.trials}


def test_mistakes_are_named(encoder: SentenceEncoder, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fast = accelerate(encoder, texts, backend="onnx-fp32")
    tfidf = TfidfClassifier(C=1.0).fit(given.TRAIN_TEXTS)
    for call, named in (
        (lambda: accelerate(tfidf, given.TRAIN_TEXTS), "TfidfClassifier has no neural part"),
        (lambda: accelerate(fast, texts), "accelerated already"),
        (lambda: accelerate(encoder, texts, backend="tensorrt"), "no backend 'tensorrt'; there are: torch, onnx-fp32"),
        (lambda: accelerate(encoder, texts, "perfect"), "expected one of exact, task"),
        (lambda: accelerate(encoder, texts, goal="speed"), "expected latency or throughput"),
        (lambda: accelerate(encoder, []), "got none"),
        (lambda: accelerate(encoder, "one text"), "sequence of str"),
        (lambda: accelerate(object(), texts), "got a object"),
    ):
        with pytest.raises(InputError, match=named):
            call()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingResourceError, match=r"backend=onnx-fp32 needs onnx, onnxruntime: pip install nlpref\[fast\]"):
        accelerate(encoder, texts, backend="onnx-fp32")


def test_a_sentence_without_tokens_is_no_trouble(tagger: TransformerTagger) -> None:
    sentences = [TaggedTokens(()), *given.VALIDATION_TAGGED]
    assert accelerate(tagger, sentences, backend="onnx-fp32").predict([(), ()]) == [[], []]


def test_vectors_of_the_whole_model(texts: Sequence[str]) -> None:
    """The published weights, all six layers."""
    encoder = SentenceEncoder()
    fast = accelerate(encoder, texts, backend="onnx-fp32")
    assert np.abs(fast.encode(texts) - encoder.encode(texts)).max() < 1e-5
