"""A network written for ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import onnx

from nlpref.acceleration.bert import bert_graph, can_write
from nlpref.acceleration.graph import save_model
from nlpref.acceleration.onnx_runtime import MODEL, WEIGHTS
from nlpref.acceleration.portable import traced_graph
from nlpref.acceleration.products import Float32, Int8, Products
from nlpref.errors import ExportError
from nlpref.neural.batching import Packing
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch

__all__ = ["export"]

PRODUCTS: Mapping[str, Callable[[], Products]] = {"fp32": Float32, "int8": Int8}


def export(network: EncoderNetwork, precision: str, folder: Path, calibration: Sequence[Batch] = ()) -> Packing:
    """Write ``model.onnx`` and its weights; says how batches are best packed for it.

    BERT is written operator by operator, everything else traced by torch. The integers of a traced graph are ONNX
    Runtime's own, which have one scale for a whole batch, so that every text must run alone.

    Raises:
        ExportError: if the network cannot be exported.
    """
    if not can_write(network):
        padded = precision == "fp32"  # in integers a text by itself costs little more than in a batch
        save_model(bert_graph(network, PRODUCTS[precision](), padded=padded), folder)
        return "padded" if padded else "unpadded"
    save_model(traced_graph(network, folder), folder)
    if precision == "fp32":
        return "padded"
    _quantize(folder)
    return "alone"


def _quantize(folder: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path, made = folder / MODEL, folder / "quantized.onnx"
    try:
        quantize_dynamic(path, made, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    except Exception as error:
        raise ExportError(f"ONNX Runtime cannot quantise the traced graph: {error}") from error
    model = onnx.load(made)
    for old in (path, path.with_name(WEIGHTS), made):
        old.unlink(missing_ok=True)
    save_model(model, folder)
