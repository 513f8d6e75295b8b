"""A network converted for OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx

from nlpref.acceleration.open_vino import MODEL, import_openvino
from nlpref.acceleration.portable import traced_graph
from nlpref.errors import ExportError, MissingResourceError
from nlpref.neural.batching import Packing
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.subwords import Batch

__all__ = ["export"]

TRACED = "traced_model.onnx"


def export(network: EncoderNetwork, precision: str, folder: Path, calibration: Sequence[Batch] = ()) -> Packing:
    """Write ``model.xml`` and ``model.bin``; 8-bit integers have fixed scales, found on the calibration batches.

    Raises:
        ExportError: if the network cannot be traced or converted.
        MissingResourceError: if OpenVINO, or nncf for integers, is not installed.
    """
    openvino = import_openvino()
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
