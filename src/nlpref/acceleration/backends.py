"""The backends by name."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlpref.acceleration.engine import ExportedEngine
from nlpref.acceleration.gate import Level
from nlpref.errors import InputError, MissingResourceError
from nlpref.neural.engine import Engine
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch
from nlpref.neural.torch_engine import TorchEngine

__all__ = ["BACKENDS", "Backend", "backend_named", "candidates"]


@dataclass(frozen=True)
class Backend:
    """A way to run a network.

    Args:
        name: For command lines and tables.
        level: The gate it has to pass.
        runtime: One of ``nlpref.acceleration.engine.RUNTIMES``; empty for torch.
        precision: ``fp32`` or ``int8``.
        needs: Modules that must be installed.
        extra: What brings them: ``pip install nlpref[extra]``.
    """

    name: str
    level: Level
    runtime: str = ""
    precision: str = "fp32"
    needs: tuple[str, ...] = ()
    extra: str = ""

    @property
    def available(self) -> bool:
        """Whether what it needs is installed."""
        return all(importlib.util.find_spec(name) is not None for name in self.needs)

    def build(
        self, network: EncoderNetwork, calibration: Sequence[Batch] = (), threads: int | None = None, deterministic: bool = False
    ) -> Engine:
        """An engine for the network.

        Raises:
            MissingResourceError: if something is not installed.
            ExportError: if the network cannot be exported.
        """
        if not self.available:
            raise MissingResourceError(f"backend={self.name} needs {', '.join(self.needs)}: pip install nlpref[{self.extra}]")
        if not self.runtime:
            return TorchEngine(network, deterministic)
        return ExportedEngine.export(
            network, self.runtime, self.precision, calibration=calibration, threads=threads, deterministic=deterministic
        )


_ONNX, _OPENVINO = ("onnx", "onnxruntime"), ("onnx", "onnxscript", "openvino")
BACKENDS: Mapping[str, Backend] = {
    backend.name: backend
    for backend in (
        Backend("torch", "exact"),
        Backend("onnx-fp32", "exact", "onnxruntime", "fp32", _ONNX, "fast"),
        Backend("onnx-int8", "task", "onnxruntime", "int8", _ONNX, "fast"),
        Backend("openvino-fp32", "exact", "openvino", "fp32", _OPENVINO, "openvino"),
        Backend("openvino-int8", "task", "openvino", "int8", (*_OPENVINO, "nncf"), "openvino"),
    )
}


def backend_named(name: str) -> Backend:
    """A backend by name.

    Raises:
        InputError: naming those that there are.
    """
    if name not in BACKENDS:
        raise InputError(f"there is no backend {name!r}; there are: {', '.join(BACKENDS)}, or auto")
    return BACKENDS[name]


def candidates(level: Level, threads: int | None = None) -> list[Backend]:
    """Those installed here that are held to this level or a stricter one, and keep to a number of threads if one is given."""
    fitting = [backend for backend in BACKENDS.values() if level == "task" or backend.level == "exact"]
    return [backend for backend in fitting if backend.available and (threads is None or backend.runtime)]
