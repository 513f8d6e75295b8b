"""OpenVINO: converts the traced graph, opens it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from nlpref.acceleration.graph import MODEL as TRACED
from nlpref.acceleration.portable import traced_graph
from nlpref.errors import ExportError, MissingResourceError, StorageError
from nlpref.neural.batching import Packing
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch

__all__ = ["export", "open_model"]

MODEL = "model.xml"


def export(network: EncoderNetwork, precision: str, folder: Path, calibration: Sequence[Batch] = ()) -> Packing:
    """Write ``model.xml`` and ``model.bin``; 8-bit integers have fixed scales, found on the calibration batches.

    Raises:
        ExportError: if the network cannot be traced or converted.
        MissingResourceError: if OpenVINO, or nncf for integers, is not installed.
    """
    openvino = _openvino()
    with TemporaryDirectory(dir=folder) as made:
        onnx.save(traced_graph(network, Path(made)), str(Path(made) / TRACED))
        try:
            model = openvino.Core().read_model(str(Path(made) / TRACED))
            if precision == "int8":
                model = _quantized(model, calibration)
            openvino.save_model(model, str(folder / MODEL), compress_to_fp16=False)
        except RuntimeError as error:
            raise ExportError(f"OpenVINO cannot convert this network: {error}") from error
        del model  # its weights are mapped from the folder that goes away now
    return "padded"


def open_model(folder: Path, threads: int, callers: int = 1) -> Callable[[Batch], NDArray[np.float32]]:
    """Compile the model for this processor; the answer may be called from so many threads at once.

    Raises:
        StorageError: if OpenVINO cannot load it.
    """
    settings = {"INFERENCE_NUM_THREADS": threads * callers, "NUM_STREAMS": callers}
    try:
        compiled = _openvino().Core().compile_model(str(Path(folder) / MODEL), "CPU", settings)
    except RuntimeError as error:
        raise StorageError(f"OpenVINO cannot load {Path(folder) / MODEL}: {error}") from error
    wanted = [given.get_any_name() for given in compiled.inputs]
    own = threading.local()

    def call(batch: Batch) -> NDArray[np.float32]:
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        found = own.request.infer({name: batch[name] for name in wanted})
        return np.array(found[compiled.outputs[0]], dtype=np.float32)

    return call


def _quantized(model: object, calibration: Sequence[Batch]) -> object:
    try:
        import nncf
    except ImportError as error:
        raise MissingResourceError("8-bit integers for OpenVINO need nncf: pip install nlpref[openvino]") from error
    if not calibration:
        raise ExportError("OpenVINO's integers have fixed scales, which need a sample of inputs to be found; give validation=")
    names = set(calibration[0])
    batches = nncf.Dataset([{name: batch[name] for name in names} for batch in calibration])
    return nncf.quantize(model, batches, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(calibration))


def _openvino() -> Any:
    try:
        import openvino
    except ImportError as error:
        raise MissingResourceError("this backend needs OpenVINO: pip install nlpref[openvino]") from error
    return openvino
