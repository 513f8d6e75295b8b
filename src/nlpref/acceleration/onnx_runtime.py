"""ONNX Runtime: writes the graph, opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpref.acceleration.bert import bert_graph, can_write
from nlpref.acceleration.graph import MODEL, save_model
from nlpref.acceleration.portable import traced_graph
from nlpref.acceleration.products import Float32, Int8, Products
from nlpref.errors import ExportError, StorageError
from nlpref.neural.batching import Packing
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch

__all__ = ["export", "open_model"]

PRODUCTS: Mapping[str, Callable[[], Products]] = {"fp32": Float32, "int8": Int8}


def export(network: EncoderNetwork, precision: str, folder: Path, calibration: Sequence[Batch] = ()) -> Packing:
    """Write ``model.onnx`` and its weights; says how batches are best packed for it.

    BERT is written operator by operator, everything else traced by torch. The integers of a traced graph are ONNX
    Runtime's own, which have one scale for a whole batch, so that every text must run alone.

    Raises:
        ExportError: if the network cannot be exported.
    """
    if not can_write(network):
        save_model(bert_graph(network, PRODUCTS[precision]()), folder)
        return "unpadded" if precision == "int8" else "padded"
    save_model(traced_graph(network, folder), folder)
    if precision == "fp32":
        return "padded"
    _quantize(folder)
    return "alone"


def open_model(folder: Path, threads: int, callers: int = 1) -> Callable[[Batch], NDArray[np.float32]]:
    """Load the model, its weights mapped into memory; the answer may be called from several threads at once.

    Raises:
        StorageError: if ONNX Runtime cannot load it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    path = Path(folder) / MODEL
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has a class of its own for each status
        raise StorageError(f"ONNX Runtime {onnxruntime.__version__} cannot load {path}: {error}") from error
    wanted = [given.name for given in session.get_inputs()]

    def call(batch: Batch) -> NDArray[np.float32]:
        output: NDArray[np.float32] = session.run(None, {name: batch[name] for name in wanted})[0]
        return output

    return call


def _quantize(folder: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path, made = folder / MODEL, folder / "quantized.onnx"
    try:
        quantize_dynamic(path, made, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    except Exception as error:
        raise ExportError(f"ONNX Runtime cannot quantise the traced graph: {error}") from error
    import onnx

    model = onnx.load(made)
    for old in (path, path.with_name("weights.bin"), made):
        old.unlink(missing_ok=True)
    save_model(model, folder)
