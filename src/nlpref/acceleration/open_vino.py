"""OpenVINO opens what ``openvino_export`` wrote."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import MissingResourceError, StorageError
from nlpref.neural.subwords import Batch

__all__ = ["MODEL", "import_openvino", "open_model"]

MODEL = "model.xml"


def open_model(folder: Path, threads: int, callers: int = 1) -> Callable[[Batch], NDArray[np.float32]]:
    """Compile the model for this processor; the answer may be called from so many threads at once.

    Raises:
        StorageError: if OpenVINO cannot load it.
    """
    settings = {"INFERENCE_NUM_THREADS": threads * callers, "NUM_STREAMS": callers, "INFERENCE_PRECISION_HINT": "f32"}
    try:
        compiled = import_openvino().Core().compile_model(str(Path(folder) / MODEL), "CPU", settings)
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


def import_openvino() -> Any:
    """The module.

    Raises:
        MissingResourceError: if it is not installed.
    """
    try:
        import openvino
    except ImportError as error:
        raise MissingResourceError("this backend needs OpenVINO: pip install nlpref[openvino]") from error
    return openvino
