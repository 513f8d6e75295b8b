"""The 8-bit matrix products of an encoder and its attention in ONNX Runtime, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from nlpref import machine

__all__ = ["integer_products"]

FUSED = "com.microsoft"
NARROW, WIDE = 384, 1536


@contextmanager
def integer_products(network: Any) -> Iterator[Callable[[Sequence[int]], None]]:
    """A function that does for texts of so many sub-words what no 8-bit engine on this runtime can leave out.

    Every product has its own random integers; texts run side by side, each on one thread, as our engine runs them.
    """
    layers = int(network.backbone.config.num_hidden_layers)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save_model(_model(layers), path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    narrow, wide = (random.integers(0, 255, (512, width), dtype=np.uint8) for width in (NARROW, WIDE))
    heads = random.normal(size=(3, 1, 512, NARROW)).astype(np.float32)

    def one(length: int) -> None:
        query, key, value = heads[:, :, :length]
        session.run(None, {"narrow": narrow[:length], "wide": wide[:length], "query": query, "key": key, "value": value})

    def run(lengths: Sequence[int]) -> None:
        with ThreadPoolExecutor(machine.threads()) as pool:
            list(pool.map(one, lengths))

    yield run


def _model(layers: int) -> onnx.ModelProto:
    random = np.random.default_rng(1)
    nodes, weights, outputs = [], [], []
    scalars = {"unit": np.float32(1), "scale": np.float32(0.01), "zero": np.uint8(128)}
    weights += [numpy_helper.from_array(np.asarray(value), name) for name, value in scalars.items()]
    for layer in range(layers):
        shapes = {"qkv": (NARROW, 3 * NARROW), "out": (NARROW, NARROW), "up": (NARROW, WIDE), "down": (WIDE, NARROW)}
        for name, shape in shapes.items():
            made, kernel = f"{name}{layer}", f"{name}{layer}_kernel"
            weights.append(numpy_helper.from_array(random.integers(-64, 64, shape, dtype=np.int8), kernel))
            source = "wide" if name == "down" else "narrow"
            nodes.append(
                helper.make_node("MatMulIntegerToFloat", [source, kernel, "unit", "scale", "zero"], [made], domain=FUSED)
            )
            outputs.append(helper.make_tensor_value_info(made, TensorProto.FLOAT, ["tokens", shape[1]]))
        attended = f"attended{layer}"
        nodes.append(helper.make_node("MultiHeadAttention", ["query", "key", "value"], [attended], domain=FUSED, num_heads=12))
        outputs.append(helper.make_tensor_value_info(attended, TensorProto.FLOAT, [1, "tokens", NARROW]))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["tokens", width])
        for name, width in (("narrow", NARROW), ("wide", WIDE))
    ]
    inputs += [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "tokens", NARROW]) for name in ("query", "key", "value")
    ]
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)
