"""BERT as an ONNX graph of fused operators, written down operator by operator.

A trace of the torch module would have to be recognised and fused again; the architecture is known, so the graph can be
written as the runtime likes it best: packed query, key and value, fused attention, and tokens of all texts in one matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from nlpref.acceleration.graph import FUSED, Graph
from nlpref.acceleration.products import Float32, Products
from nlpref.errors import ExportError
from nlpref.neural.network import EncoderNetwork

__all__ = ["bert_graph", "can_write"]

OUTPUT = "output"
Weights = Mapping[str, NDArray[np.float32]]


def can_write(network: EncoderNetwork) -> str:
    """Empty if the backbone is a BERT as this module knows it; else what is different."""
    config = network.backbone.config
    if config.model_type != "bert":
        return f"model_type is {config.model_type!r}, not 'bert'"
    if config.hidden_act != "gelu":
        return f"hidden_act is {config.hidden_act!r}, not 'gelu'"
    if getattr(config, "position_embedding_type", None) not in (None, "absolute"):
        return f"position_embedding_type is {config.position_embedding_type!r}, not 'absolute'"
    if network.pooled and network.pooling != "mean":
        return f"pooling is {network.pooling!r}, not 'mean'"
    return ""


def bert_graph(network: EncoderNetwork, products: Products | None = None, *, padded: bool = True) -> onnx.ModelProto:
    """Write a network whose backbone is BERT.

    Args:
        network: Backbone, pooling and head.
        products: How the large matrix products are computed; float32 if not given.
        padded: Whether texts of a batch may be padded. Without padding, attention needs no mask, and ONNX Runtime then goes
            through the scores block by block and never writes all of them to memory.

    Raises:
        ExportError: if the backbone is none.
    """
    if why := can_write(network):
        raise ExportError(f"this network cannot be written as a BERT graph: {why}")
    writer = _Writer(network, products or Float32(), padded)
    return writer.write()


class _Writer:
    def __init__(self, network: EncoderNetwork, products: Products, padded: bool) -> None:
        shapes = network.shape_embedding is not None
        self.graph = Graph(["input_ids", "attention_mask", "token_type_ids", *(["shapes"] if shapes else [])])
        self.products = products
        self.padded = padded
        self.network = network
        self.config = network.backbone.config
        self.weights: Weights = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
        self.width = int(self.config.hidden_size)
        self.shapes_made: set[str] = set()

    def write(self) -> onnx.ModelProto:
        graph, width = self.graph, self.width
        graph.add("Shape", ["input_ids"], "batch_and_tokens")
        graph.weight("rows", np.array([-1, width], np.int64))
        if self.padded:
            graph.add("Cast", ["attention_mask"], "mask32", to=TensorProto.INT32)
        self.products.begin(graph)
        states = graph.add("Reshape", [self._embeddings(), "rows"], "states")
        for number in range(self.config.num_hidden_layers):
            if "shapes" in graph.inputs and number == self.network.shapes_before:
                seen = graph.add("Reshape", [self._shapes(), "rows"], "shape_rows")
                states = graph.add("Add", [states, seen], "states_and_shapes")
            states = self._layer(number, states)
        return self._pooled(states) if self.network.pooled else self._tokens(states)

    def _embeddings(self) -> str:
        graph, epsilon = self.graph, float(self.config.layer_norm_eps)
        tables = {
            name: graph.weight(f"{name}_table", self._of(f"embeddings.{name}_embeddings.weight"))
            for name in ("word", "position", "token_type")
        }
        norm = [graph.weight(f"embeddings_{part}", self._of(f"embeddings.LayerNorm.{part}")) for part in ("weight", "bias")]
        if "shapes" not in graph.inputs or self.network.shapes_before is not None:
            graph.add("Cast", ["input_ids"], "ids32", to=TensorProto.INT32)
            graph.add("Cast", ["token_type_ids"], "types32", to=TensorProto.INT32)
            inputs = ["ids32", "types32", *(tables[name] for name in ("word", "position", "token_type")), *norm]
            return graph.add("EmbedLayerNormalization", inputs, "embedded", unused=["mask_index"], domain=FUSED, epsilon=epsilon)
        zero, one, two = (graph.weight(f"place_{place}", np.array([place], np.int64)) for place in range(3))
        graph.add("Slice", ["batch_and_tokens", one, two], "n_tokens")
        positions = graph.add("Slice", [tables["position"], zero, "n_tokens"], "positions")
        words = graph.add("Gather", [tables["word"], "input_ids"], "words")
        types = graph.add("Gather", [tables["token_type"], "token_type_ids"], "types")
        total = graph.add("Sum", [words, self._shapes(), types, positions], "summed")
        return graph.add("LayerNormalization", [total, *norm], "embedded", axis=-1, epsilon=epsilon)

    def _shapes(self) -> str:
        table = self.graph.weight("shape_table", self.weights["shape_embedding.weight"])
        return self.graph.add("Gather", [table, "shapes"], "shape_vectors")

    def _layer(self, number: int, states: str) -> str:
        graph, at = self.graph, f"encoder.layer.{number}"
        parts = ("query", "key", "value")
        kernel = np.concatenate([self._of(f"{at}.attention.self.{part}.weight").T for part in parts], axis=1)
        bias = np.concatenate([self._of(f"{at}.attention.self.{part}.bias") for part in parts])
        packed = self.products.multiply(graph, states, kernel, f"qkv{number}")
        packed = graph.add("Reshape", [packed, self._shape_of(kernel.shape[1])], f"qkv{number}_by_text")
        query, key, value = graph.split(packed, [f"{part}{number}" for part in parts])
        inputs = [query, key, value, graph.weight(f"qkv{number}_bias", bias)]
        heads = int(self.config.num_attention_heads)
        if self.padded:
            inputs.append("mask32")
        context = graph.add("MultiHeadAttention", inputs, f"context{number}", domain=FUSED, num_heads=heads)
        context = graph.add("Reshape", [context, "rows"], f"context{number}_rows")
        states = self._dense_and_norm(context, states, f"{at}.attention.output", f"attended{number}")
        inner = self.products.multiply(graph, states, self._of(f"{at}.intermediate.dense.weight").T, f"inner{number}")
        inner_bias = graph.weight(f"inner{number}_bias", self._of(f"{at}.intermediate.dense.bias"))
        inner = graph.add("BiasGelu", [inner, inner_bias], f"gelu{number}", domain=FUSED)
        return self._dense_and_norm(inner, states, f"{at}.output", f"states{number}", after_gelu=True)

    def _dense_and_norm(self, source: str, skip: str, at: str, name: str, *, after_gelu: bool = False) -> str:
        """Linear layer, residual and layer norm."""
        graph = self.graph
        made = self.products.multiply(graph, source, self._of(f"{at}.dense.weight").T, f"{name}_dense", after_gelu=after_gelu)
        norm = [graph.weight(f"{name}_{part}", self._of(f"{at}.LayerNorm.{part}")) for part in ("weight", "bias")]
        bias = graph.weight(f"{name}_dense_bias", self._of(f"{at}.dense.bias"))
        total = graph.add("Add", [graph.add("Add", [made, bias], f"{name}_biased"), skip], f"{name}_total")
        return graph.add("LayerNormalization", [total, *norm], name, axis=-1, epsilon=float(self.config.layer_norm_eps))

    def _pooled(self, states: str) -> onnx.ModelProto:
        graph, head = self.graph, self.network.head
        by_text = graph.add("Reshape", [states, self._shape_of(self.width)], "states_by_text")
        graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        middle = graph.weight("middle", np.array([1], np.int64))
        graph.add("Unsqueeze", ["mask", middle], "mask_row")
        total = graph.add("MatMul", ["mask_row", by_text], "total")  # of unit length soon, so the mean is not needed
        total = graph.add("Squeeze", [total, middle], "total_row")
        if head is None:
            return self._finish(graph.add("LpNormalization", [total], OUTPUT, axis=-1, p=2), [self.width])
        vectors = graph.add("LpNormalization", [total], "vectors", axis=-1, p=2)
        return self._finish(self._head(vectors, OUTPUT), [int(head.out_features)])

    def _tokens(self, states: str) -> onnx.ModelProto:
        head = self.network.head
        made = states if head is None else self._head(states, "head")
        width = self.width if head is None else int(head.out_features)
        return self._finish(self.graph.add("Reshape", [made, self._shape_of(width)], OUTPUT), ["tokens", width])

    def _head(self, source: str, output: str) -> str:
        kernel = self.graph.weight("head_kernel", self.weights["head.weight"].T * np.float32(self.network.scale))
        return self.graph.add("Gemm", [source, kernel, self.graph.weight("head_bias", self.weights["head.bias"])], output)

    def _finish(self, output: str, shape: list[Any]) -> onnx.ModelProto:
        return self.graph.model(output, ["batch", *shape])

    def _shape_of(self, width: int) -> str:
        """Name of the shape (batch, tokens, width)."""
        name = f"by_text_{width}"
        if name not in self.shapes_made:
            tail = self.graph.weight(f"width_{width}", np.array([width], np.int64))
            self.graph.add("Concat", ["batch_and_tokens", tail], name, axis=0)
            self.shapes_made.add(name)
        return name

    def _of(self, name: str) -> NDArray[np.float32]:
        return self.weights[f"backbone.{name}"]
