"""The gate lets through what answers as before, and refuses planted faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from tests.contracts import examples as given

from nlpref.acceleration import LIMITS, accelerate, onnx_export
from nlpref.acceleration.bert import bert_graph
from nlpref.acceleration.gate import judge
from nlpref.acceleration.golden import Row, cosines
from nlpref.acceleration.quality import Answers
from nlpref.classification import CascadeClassifier, TfidfClassifier, TransformerClassifier
from nlpref.errors import ExportError
from nlpref.neural.encoder import SentenceEncoder


def without_mask(network: Any, products: Any, **more: Any) -> onnx.ModelProto:
    """Padding takes part in the attention."""
    model = bert_graph(network, products, **more)
    for node in model.graph.node:
        if node.op_type == "MultiHeadAttention":
            del node.input[4:]
    return model


def half_mask(network: Any, products: Any, **more: Any) -> onnx.ModelProto:
    """The mean is taken over padding too; texts alone, or of one length, are right."""
    model = bert_graph(network, products, **more)
    for node in model.graph.node:
        if "mask" in node.input and node.op_type == "Unsqueeze":
            node.input[0] = "everything"
    ones = onnx.helper.make_node("Equal", ["attention_mask", "attention_mask"], ["same"])
    model.graph.node.insert(0, onnx.helper.make_node("Cast", ["same"], ["everything"], to=onnx.TensorProto.FLOAT))
    model.graph.node.insert(0, ones)
    return model


def saturated(network: Any, products: Any, **more: Any) -> onnx.ModelProto:
    """Large weights do not fit into the integers that they become."""
    model = bert_graph(network, products, **more)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.int8:
            tensor.CopyFrom(numpy_helper.from_array(np.clip(array, -12, 12), tensor.name))
    return model


def louder(network: Any, products: Any, **more: Any) -> onnx.ModelProto:
    """Everything a third longer: all labels and cosines stay as they were, and no probability does."""
    model = bert_graph(network, products, **more)
    for tensor in model.graph.initializer:
        if tensor.name.startswith("head_"):
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * np.float32(4 / 3), tensor.name))
    return model


def test_scores_that_only_grow_are_refused(classifier: TransformerClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "bert_graph", louder)
    with pytest.raises(ExportError, match=r"least cosine 0\.94"):
        accelerate(classifier, given.VALIDATION_TEXTS, backend="onnx-fp32")


@pytest.mark.parametrize("fault", [without_mask, half_mask])
def test_one_text_is_enough_to_see_a_wrong_mask(
    fault: Callable[..., onnx.ModelProto], encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_export, "bert_graph", fault)
    with pytest.raises(ExportError, match="least cosine"):
        accelerate(encoder, ["where is my parcel"], backend="onnx-fp32")


def test_a_stage_that_is_hardly_ever_asked_is_checked_all_the_same(
    classifier: TransformerClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap = TfidfClassifier(C=1.0).fit(given.TRAIN_TEXTS)
    cascade = CascadeClassifier([cheap, classifier], target_accuracy=0.1, fit_stages=False, costs_ms=[1.0, 2.0])
    cascade.fit(given.TRAIN_TEXTS, given.VALIDATION_TEXTS)
    cascade.thresholds_ = [0.0]  # the first stage answers everything
    assert accelerate(cascade, given.VALIDATION_TEXTS, backend="onnx-fp32").predict_proba(["a"]).shape == (1, 3)
    monkeypatch.setattr(onnx_export, "bert_graph", without_mask)
    with pytest.raises(ExportError, match="least cosine"):
        accelerate(cascade, given.VALIDATION_TEXTS, backend="onnx-fp32")


@pytest.mark.parametrize(
    ("fault", "backend", "named"),
    [
        (without_mask, "onnx-fp32", "least cosine"),
        (half_mask, "onnx-fp32", "least cosine"),
        (saturated, "onnx-int8", "mean cosine"),
    ],
)
def test_a_planted_fault_is_refused_with_figures(
    fault: Callable[..., onnx.ModelProto],
    backend: str,
    named: str,
    encoder: SentenceEncoder,
    texts: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accelerate(encoder, texts, "task", backend=backend)  # without the fault it passes
    monkeypatch.setattr(onnx_export, "bert_graph", fault)
    with pytest.raises(ExportError, match=rf"{backend} is refused for this SentenceEncoder: .*{named} -?0\.\d+, at least"):
        accelerate(encoder, texts, "task", backend=backend)


def test_integers_are_refused_where_no_answer_may_change(encoder: SentenceEncoder, texts: Sequence[str]) -> None:
    with pytest.raises(ExportError, match=r"least cosine 0\.99\d+, at least 0\.9999 is needed"):
        accelerate(encoder, texts, "exact", backend="onnx-int8")


def rows(outputs: NDArray[Any]) -> list[Row]:
    return [Row({"input_ids": np.arange(3)}, output) for output in outputs.astype(np.float32)]


BEFORE = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])


def answers(right: Sequence[float], given_labels: Sequence[str]) -> Answers:
    return Answers(list(given_labels), "accuracy", np.array(right))


def test_figures_by_hand() -> None:
    after = np.array([[1.0, 0.0], [0.6, 0.8], [0.6, 0.8]])
    was, now = answers([1, 1, 0], "abc"), answers([1, 0, 0], "abd")
    verdict = judge("task", rows(BEFORE), list(after), was, now, vectors=True)
    assert (verdict.least_cosine, verdict.mean_cosine) == (pytest.approx(0.8), pytest.approx(2.8 / 3))
    assert verdict.same_answers == pytest.approx(2 / 3)
    assert verdict.same_neighbour == pytest.approx(2 / 3)  # the first one now has two equal ones
    assert (verdict.reference, verdict.accelerated) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert verdict.difference == pytest.approx(-1 / 3)
    least, mean, score = verdict.faults
    assert "least cosine 0.80000" in least
    assert "mean cosine 0.93333" in mean
    assert "accuracy changes by -0.3333" in score
    assert "too small to exclude a loss of more than 0.005" in str(verdict)


@pytest.mark.parametrize("level", LIMITS)
def test_what_is_the_same_passes(level: Any) -> None:
    was = answers([1, 1, 0], "abc")
    verdict = judge(level, rows(BEFORE), list(BEFORE), was, was, vectors=False)
    assert verdict.passed
    assert (verdict.least_cosine, verdict.same_answers, verdict.difference) == (pytest.approx(1), 1.0, 0.0)


def test_one_other_answer_is_too_many_for_exact_and_not_for_task() -> None:
    was, now = answers([1, 1, 0], "abc"), answers([1, 1, 0], "abd")
    assert judge("exact", rows(BEFORE), list(BEFORE), was, now, vectors=False).faults == (
        "33.33% of the answers are different, none may be",
    )
    assert judge("task", rows(BEFORE), list(BEFORE), was, now, vectors=False).passed


def test_half_a_point_is_the_limit() -> None:
    n = 1000
    was = Answers([""] * n, "accuracy", np.ones(n))
    for lost, passes in ((5, True), (6, False)):
        now = Answers([""] * n, "accuracy", np.array([0.0] * lost + [1.0] * (n - lost)))
        assert judge("task", rows(BEFORE), list(BEFORE), was, now, vectors=False).passed is passes


def test_not_a_number_does_not_pass() -> None:
    was = answers([1, 1, 0], "abc")
    broken = [*BEFORE[:2], np.array([np.nan, np.nan])]
    assert not judge("task", rows(BEFORE), broken, was, was, vectors=False).passed


def test_scores_of_one_number_are_compared_by_their_difference() -> None:
    scores = np.array([[0.0], [2.0]])  # of standard deviation 1
    assert cosines(rows(scores), [np.array([0.0]), np.array([2.1])]) == pytest.approx([1.0, 0.995], abs=1e-6)


def test_examples_of_another_kind_are_named(encoder: SentenceEncoder) -> None:
    with pytest.raises(ValueError, match="this encoder is checked on a sequence of str; number 0 is a LabelledText"):
        accelerate(encoder, given.TRAIN_TEXTS[:1])
