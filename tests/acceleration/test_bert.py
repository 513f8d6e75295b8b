"""The graph that is written by hand against the torch network it was made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.contracts.small_model import small_minilm
from transformers import AutoModel, DistilBertConfig

from nlpref.acceleration.bert import bert_graph, can_write
from nlpref.acceleration.engine import ExportedEngine
from nlpref.acceleration.graph import Graph, save_model
from nlpref.acceleration.onnx_runtime import open_model
from nlpref.acceleration.portable import traced_graph
from nlpref.acceleration.products import Float32, Int8, Products
from nlpref.errors import ExportError
from nlpref.neural.backbone import open_backbone
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch
from nlpref.neural.torch_engine import TorchEngine
from nlpref.tagging.named_head import NamedHead
from nlpref.tagging.upper_network import UpperNetwork

NETWORKS: dict[str, dict[str, Any]] = {
    "vectors": {},
    "labels": {"outputs": 5},
    "one score": {"outputs": 1},
    "tags": {"outputs": 3, "pooled": False},
    "tags with shapes": {"outputs": 3, "pooled": False, "shapes": 6},
    "token states": {"pooled": False},
}


UPPER: dict[str, dict[str, Any]] = {
    "tags by name, shapes at the second layer": {"frozen": 1, "shapes": True},
    "tags by name, shapes at the first layer": {"frozen": 0, "shapes": True},
    "tags by name, no shapes": {"frozen": 1, "shapes": False},
}


def upper(settings: dict[str, Any]) -> UpperNetwork:
    """A tag layer that reads names, learned ten times as fast as the rest, with weights in all its parts."""
    torch.manual_seed(0)
    backbone = open_backbone(small_minilm(), 2)
    head = NamedHead(backbone.config.hidden_size, 3, 8, rate=10.0)
    head.read(torch.randn(3, 8))
    made = UpperNetwork(backbone, head, dropout=0.1, rate=10.0, **settings).eval()
    for part in (head, *([made.shape_embedding] if made.shape_embedding is not None else [])):
        for weight in part.parameters():
            torch.nn.init.normal_(weight, std=0.02)
    return made


def network(settings: dict[str, Any]) -> EncoderNetwork:
    torch.manual_seed(0)
    made = EncoderNetwork(open_backbone(small_minilm()), **settings).eval()
    if made.shape_embedding is not None:
        torch.nn.init.normal_(made.shape_embedding.weight, std=0.1)
    return made


def batch(with_shapes: bool) -> Batch:
    """Three texts of 9, 4 and 1 tokens, padded, the second one in two parts."""
    random = np.random.default_rng(1)
    mask = (np.arange(9)[None] < np.array([9, 4, 1])[:, None]).astype(np.int64)
    types = np.zeros_like(mask)
    types[1, 2:4] = 1
    made = {"input_ids": random.integers(1, 3000, mask.shape) * mask, "attention_mask": mask, "token_type_ids": types}
    return {**made, "shapes": random.integers(0, 6, mask.shape) * mask} if with_shapes else made


def run(made: EncoderNetwork, products: Products, folder: Path, given: Batch) -> np.ndarray:
    save_model(bert_graph(made, products), folder)
    return open_model(folder, 1)(given)


@pytest.mark.parametrize("kind", NETWORKS)
def test_float32_gives_what_torch_gives(kind: str, tmp_path: Path) -> None:
    made = network(NETWORKS[kind])
    given = batch(made.shape_embedding is not None)
    [expected] = TorchEngine(made).run([given])
    found = run(made, Float32(), tmp_path, given)
    real = given["attention_mask"].astype(bool) if expected.ndim == 3 else slice(None)
    assert found.dtype == np.float32
    assert found[real] == pytest.approx(expected[real], abs=2e-5)


@pytest.mark.parametrize("kind", UPPER)
@pytest.mark.parametrize("write", [bert_graph, "traced"])
def test_what_is_learned_faster_is_worked_into_the_weights(kind: str, write: Any, tmp_path: Path) -> None:
    made = upper(UPPER[kind])
    given = batch(made.shape_embedding is not None)
    [expected] = TorchEngine(made).run([given])
    graph = traced_graph(made.plain(), tmp_path) if write == "traced" else write(made.plain())
    (tmp_path / "saved").mkdir()
    save_model(graph, tmp_path / "saved")
    found = open_model(tmp_path / "saved", 1)(given)
    real = given["attention_mask"].astype(bool)
    assert np.abs(expected[real]).max() > 0.5
    assert found[real] == pytest.approx(expected[real], abs=5e-5)
    assert made.rate == 10.0
    assert TorchEngine(made.plain()).dim == 7


@pytest.mark.parametrize("kind", ["vectors", "tags with shapes"])
def test_integers_come_near(kind: str, tmp_path: Path) -> None:
    made = network(NETWORKS[kind])
    given = batch(made.shape_embedding is not None)
    [expected] = TorchEngine(made).run([given])
    found = run(made, Int8(), tmp_path, given)
    real = given["attention_mask"].astype(bool) if expected.ndim == 3 else slice(None)
    a, b = found[real].ravel().astype(float), expected[real].ravel().astype(float)
    assert not np.array_equal(found, expected)
    assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.99


def multiplied(rows: np.ndarray, kernel: np.ndarray, folder: Path, *, after_gelu: bool = False) -> np.ndarray:
    """One product of integers alone."""
    graph, products = Graph(["input_ids"]), Int8()
    products.begin(graph)
    graph.weight("rows", rows)
    output = products.multiply(graph, "rows", kernel, "output", after_gelu=after_gelu)
    save_model(graph.model(output, ["rows", kernel.shape[1]]), folder)
    return open_model(folder, 1)({"input_ids": np.zeros((1, len(rows)), np.int64)})


def test_rows_of_integers_by_hand(tmp_path: Path) -> None:
    """Every row has its own step, every column its own scale."""
    rows = np.array([[1.0, -2.0], [100.0, 40.0], [0.0, 0.0]], np.float32)
    kernel = np.array([[0.5, 8.0], [0.25, -4.0]], np.float32)
    steps, scales = np.array([[2 / 127], [100 / 127], [1.0]]), np.array([0.5, 8.0]) / 64
    expected = (np.rint(rows / steps) @ np.rint(kernel / scales)) * steps * scales
    assert multiplied(rows, kernel, tmp_path) == pytest.approx(expected, rel=1e-5)


def test_after_gelu_a_large_column_that_hardly_counts_does_not_drown_the_others(tmp_path: Path) -> None:
    rows = np.array([[100.0, 0.3, -0.1]], np.float32)
    kernel = np.array([[0.001, 0.002], [1.0, -1.0], [0.5, 2.0]], np.float32)
    found = multiplied(rows, kernel, tmp_path, after_gelu=True)
    assert found == pytest.approx(rows @ kernel, abs=0.01)
    assert not np.allclose(multiplied(rows, kernel, tmp_path), rows @ kernel, atol=0.1)  # a step of 100 / 127 loses both


def test_padding_changes_nothing(tmp_path: Path) -> None:
    made = network({})
    engine = ExportedEngine.export(made, "onnxruntime", "fp32", threads=1)
    given = batch(False)
    [together] = engine.run([given])
    for row, length in enumerate((9, 4, 1)):
        [alone] = engine.run([{name: array[row : row + 1, :length] for name, array in given.items()}])
        assert alone[0] == pytest.approx(together[row], abs=1e-6)


def test_other_architectures_are_not_written_by_hand() -> None:
    other = EncoderNetwork(AutoModel.from_config(DistilBertConfig(dim=8, n_heads=2, hidden_dim=8, n_layers=1, vocab_size=9)))
    assert "distilbert" in can_write(other)
    with pytest.raises(ExportError, match="model_type is 'distilbert'"):
        bert_graph(other)
    twisted = network({})
    twisted.backbone.config.hidden_act = "relu"
    assert "relu" in can_write(twisted)
