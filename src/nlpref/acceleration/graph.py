"""An ONNX graph under construction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nlpref.acceleration.onnx_runtime import MODEL, WEIGHTS

__all__ = ["Graph", "save_model"]

FUSED = "com.microsoft"
"""Domain of ONNX Runtime's fused operators."""
OPSETS = {"": 18, FUSED: 1}
SMALL = 1024
"""Tensors of fewer bytes stay inside the model file."""


class Graph:
    """Collects operators and weights, in order.

    Args:
        inputs: Names of the int64 inputs, each (batch, tokens).
    """

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = tuple(inputs)
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}

    def weight(self, name: str, array: Any) -> str:
        """Add a constant; returns its name."""
        self._weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str,
        *,
        unused: Sequence[str] = (),
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Add an operator; returns the name of its first output. ``unused`` names others it must have."""
        self._nodes.append(helper.make_node(operator, list(inputs), [output, *unused], domain=domain, **attributes))
        return output

    def split(self, source: str, outputs: Sequence[str]) -> Sequence[str]:
        """Cut the last axis into equal parts."""
        self._nodes.append(helper.make_node("Split", [source], list(outputs), axis=-1, num_outputs=len(outputs)))
        return outputs

    def model(self, output: str, shape: Sequence[str | int]) -> onnx.ModelProto:
        """The finished model, whose output is called ``output``."""
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in self.inputs]
        outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, list(shape))]
        graph = helper.make_graph(self._nodes, "nlpref", inputs, outputs, list(self._weights.values()))
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="nlpref")


def save_model(model: onnx.ModelProto, folder: Path) -> None:
    """Write ``model.onnx`` and, beside it, its weights as raw bytes that a runtime can map into memory."""
    with_weights_outside = {"save_as_external_data": True, "all_tensors_to_one_file": True, "location": WEIGHTS}
    save: Any = onnx.save_model
    save(model, str(folder / MODEL), size_threshold=SMALL, **with_weights_outside)
