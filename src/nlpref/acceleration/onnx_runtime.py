"""ONNX Runtime opens what ``onnx_export`` wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import MissingResourceError, StorageError
from nlpref.neural.subwords import Batch

__all__ = ["MODEL", "WEIGHTS", "open_model"]

MODEL, WEIGHTS = "model.onnx", "weights.bin"
SLOWER = ["SkipLayerNormFusion"]
"""Fusions that do not pay: ONNX Runtime's SkipLayerNormalization takes several times as long as what it replaces."""


def open_model(folder: Path, threads: int, callers: int = 1) -> Callable[[Batch], NDArray[np.float32]]:
    """Load the model, its weights mapped into memory; the answer may be called from several threads at once.

    Raises:
        StorageError: if ONNX Runtime cannot load it.
        MissingResourceError: if it is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingResourceError("this model runs on ONNX Runtime: pip install nlpref[fast]") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.force_spinning_stop", "1")  # idle threads would keep others from the cores
    path = Path(folder) / MODEL
    try:
        providers = ["CPUExecutionProvider"]
        session = onnxruntime.InferenceSession(str(path), options, providers, disabled_optimizers=SLOWER)
    except Exception as error:  # ONNX Runtime has a class of its own for each status
        raise StorageError(f"ONNX Runtime {onnxruntime.__version__} cannot load {path}: {error}") from error
    wanted = [given.name for given in session.get_inputs()]

    def call(batch: Batch) -> NDArray[np.float32]:
        output: NDArray[np.float32] = session.run(None, {name: batch[name] for name in wanted})[0]
        return output

    return call
