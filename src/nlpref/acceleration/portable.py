"""Any network that torch can trace, as a plain ONNX graph."""

from __future__ import annotations

import copy
import logging
import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from nlpref.errors import ExportError, MissingResourceError
from nlpref.neural.network import EncoderNetwork
from nlpref.neural.quiet import quiet_transformers

__all__ = ["traced_graph"]

OUTPUT = "output"


def traced_graph(network: EncoderNetwork, folder: Path) -> onnx.ModelProto:
    """Trace a network with ``torch.onnx``; the network itself is left as it is.

    Args:
        network: Backbone, pooling and head.
        folder: Where to keep intermediate files.

    Raises:
        ExportError: if torch cannot trace it, or ONNX lacks one of its operators.
        MissingResourceError: if onnxscript is not installed.
    """
    model = _Explicit(copy.deepcopy(network).cpu().eval())
    names = ["input_ids", "attention_mask", "token_type_ids", *(["shapes"] if network.shape_embedding is not None else [])]
    examples = tuple(torch.ones((2, 7), dtype=torch.long) for _ in names)  # of their own: one tensor twice is one input
    sizes = {0: torch.export.Dim("batch", min=1, max=4096), 1: torch.export.Dim("tokens", min=2, max=512)}
    path = folder / "traced.onnx"
    try:
        with quiet_transformers(), warnings.catch_warnings(), _quiet_exporter():
            warnings.simplefilter("ignore")
            model.network.backbone.set_attn_implementation("eager")
            program = torch.onnx.export(
                model,
                examples,
                dynamo=True,
                input_names=names,
                output_names=[OUTPUT],
                dynamic_shapes=tuple(sizes for _ in names),
                opset_version=18,
                verbose=False,
            )
            program.save(str(path), external_data=False)  # type: ignore[union-attr]
    except ImportError as error:
        raise MissingResourceError(f"tracing needs onnxscript ({error}); pip install nlpref[fast]") from error
    except Exception as error:  # whatever torch raises for what it cannot trace
        kind = type(network.backbone).__name__
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ExportError(
            f"{kind} cannot be exported to ONNX: {reason}. The torch model is as it was; use backend=torch"
        ) from error
    found = onnx.load(path)
    path.unlink()
    return found


class _Explicit(nn.Module):
    """The network with its padding mask added to the attention scores in plain sight.

    Mask functions that look at their argument to choose a faster path are traced as the path that the example took.
    """

    def __init__(self, network: EncoderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, shapes: Tensor | None = None) -> Tensor:
        network = self.network
        hidden = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -1e9
        states = network.states(input_ids, hidden, shapes, token_type_ids=token_type_ids)
        features = network.pool(states, attention_mask) if network.pooled else states
        if network.head is None:
            return features
        made: Tensor = network.head(features * network.scale)
        return made


class _quiet_exporter:
    """The exporter logs every registration it skips."""

    def __enter__(self) -> None:
        self.loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
        self.levels = [logger.level for logger in self.loggers]
        for logger in self.loggers:
            logger.setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        for logger, level in zip(self.loggers, self.levels, strict=True):
            logger.setLevel(level)
