"""How the large matrix products of a graph are computed: in float32, or in 8-bit integers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlpref.acceleration.graph import FUSED, Graph

__all__ = ["Float32", "Int8", "Products"]

LARGEST = 64
"""Weights become integers from -64 to 64. Without VNNI, AVX2 adds two products of a byte and a signed byte in 16 bits, which
saturate if weights use all 8 bits: 2 * 255 * 64 = 32640 still fits (onnxruntime#6004, ``reduce_range``)."""
MIDDLE = 128
"""Zero point of unsigned bytes for values of both signs."""


class Products(Protocol):
    """Writes matrix products into a graph."""

    name: str

    def begin(self, graph: Graph) -> None:
        """Write what all products share; the graph has ``input_ids``, (batch, tokens)."""
        ...

    def multiply(self, graph: Graph, source: str, kernel: NDArray[np.float32], output: str, *, after_gelu: bool = False) -> str:
        """Write ``source @ kernel``, (n_tokens, n_in) by (n_in, n_out); returns the output's name."""
        ...


class Float32:
    """As they are."""

    name = "fp32"

    def begin(self, graph: Graph) -> None:
        """Nothing is shared."""

    def multiply(self, graph: Graph, source: str, kernel: NDArray[np.float32], output: str, *, after_gelu: bool = False) -> str:
        """One MatMul."""
        return graph.add("MatMul", [source, graph.weight(f"{output}_kernel", kernel)], output)


class Int8:
    """8-bit integers, with a scale for each token and for each output channel.

    Every token is scaled by its own largest value when the model runs, so nothing has to be calibrated, an outlier costs
    precision in its own row alone, and a text's integers do not depend on what else is in the batch. ONNX Runtime's own
    dynamic quantisation has one scale for the whole batch.

    Source: Dettmers et al. 2022, LLM.int8(), section 3.1 (vector-wise quantisation).
    """

    name = "int8"

    def begin(self, graph: Graph) -> None:
        """Constants, and a zero point for each token."""
        graph.weight("last", np.array([-1], np.int64))
        graph.weight("front", np.array([0], np.int64))
        graph.weight("unit", np.float32(1))
        graph.add("Unsqueeze", [graph.add("Size", ["input_ids"], "n_rows_scalar"), "front"], "n_rows")
        graph.weight("zero", np.uint8(MIDDLE))
        graph.weight("step", np.float32(1 / (255 - MIDDLE)))
        graph.add("Expand", [graph.weight("zero_row", np.array([MIDDLE], np.uint8)), "n_rows"], "zeros")

    def multiply(self, graph: Graph, source: str, kernel: NDArray[np.float32], output: str, *, after_gelu: bool = False) -> str:
        """Scale and round each row, multiply integers, scale back; a row of zeros has a step of 0, which makes it zeros again."""
        if after_gelu:
            source, kernel = self._weighed(graph, source, kernel, output)
        scales = np.maximum(np.abs(kernel).max(axis=0), 1e-12) / LARGEST
        integers = np.clip(np.rint(kernel / scales), -LARGEST, LARGEST).astype(np.int8)
        largest = graph.add("ReduceMax", [graph.add("Abs", [source], f"{output}_size"), "last"], f"{output}_largest", keepdims=1)
        step = graph.add("Mul", [largest, "step"], f"{output}_step")
        steps = graph.add("Reshape", [step, "n_rows"], f"{output}_steps")
        rounded = graph.add("QuantizeLinear", [source, steps, "zeros"], f"{output}_bytes", axis=0)
        made = graph.add(
            "MatMulIntegerToFloat",
            [
                rounded,
                graph.weight(f"{output}_kernel", integers),
                "unit",
                graph.weight(f"{output}_scales", scales.astype(np.float32)),
                "zero",
            ],
            f"{output}_unscaled",
            domain=FUSED,
        )
        return graph.add("Mul", [made, step], output)

    @staticmethod
    def _weighed(graph: Graph, source: str, kernel: NDArray[np.float32], output: str) -> tuple[str, NDArray[np.float32]]:
        """Every column times its largest weight: what comes out of GELU is large in a few columns that hardly count.

        Without this, such a column sets the step of its row, and the others are rounded away.

        Source: Xiao et al. 2023, SmoothQuant, equation 4 with alpha = 0.
        """
        weight = np.maximum(np.abs(kernel).max(axis=1), 1e-12)
        weight /= weight.max()
        weighed = graph.add("Mul", [source, graph.weight(f"{output}_weight", weight)], f"{output}_weighed")
        return weighed, kernel / weight[:, None]
