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
GELU_MIDDLE = 32
"""Zero point after GELU, whose values are at least -0.17: most of the range is left for the positive ones."""
GELU_LEAST = 0.17


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
        graph.weight("gelu_least", np.float32(GELU_LEAST / GELU_MIDDLE))
        for name, zero in (("", MIDDLE), ("gelu_", GELU_MIDDLE)):
            graph.weight(f"{name}zero", np.uint8(zero))
            graph.weight(f"{name}step", np.float32(1 / (255 - zero)))
            graph.add("Expand", [graph.weight(f"{name}zero_row", np.array([zero], np.uint8)), "n_rows"], f"{name}zeros")

    def multiply(self, graph: Graph, source: str, kernel: NDArray[np.float32], output: str, *, after_gelu: bool = False) -> str:
        """Scale and round each row, multiply integers, scale back; a row of zeros has a step of 0, which makes it zeros again."""
        kind = "gelu_" if after_gelu else ""
        scales = np.maximum(np.abs(kernel).max(axis=0), 1e-12) / LARGEST
        integers = np.clip(np.rint(kernel / scales), -LARGEST, LARGEST).astype(np.int8)
        size = source if after_gelu else graph.add("Abs", [source], f"{output}_size")
        largest = graph.add("ReduceMax", [size, "last"], f"{output}_largest", keepdims=1)
        step = graph.add("Mul", [largest, f"{kind}step"], f"{output}_step")
        if after_gelu:  # so that -0.17 fits below the zero point even where nothing is large
            step = graph.add("Max", [step, "gelu_least"], f"{output}_safe_step")
        steps = graph.add("Reshape", [step, "n_rows"], f"{output}_steps")
        rounded = graph.add("QuantizeLinear", [source, steps, f"{kind}zeros"], f"{output}_bytes", axis=0)
        made = graph.add(
            "MatMulIntegerToFloat",
            [
                rounded,
                graph.weight(f"{output}_kernel", integers),
                "unit",
                graph.weight(f"{output}_scales", scales.astype(np.float32)),
                f"{kind}zero",
            ],
            f"{output}_unscaled",
            domain=FUSED,
        )
        return graph.add("Mul", [made, step], output)
