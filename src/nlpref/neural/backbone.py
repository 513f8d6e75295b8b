"""The pretrained transformer as a torch module, cut to its first layers if wished, saved without pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from nlpref.errors import InputError, StorageError
from nlpref.neural.quiet import quiet_transformers
from nlpref.pretrained import resolve

__all__ = ["build_backbone", "load_weights", "open_backbone", "save_weights"]

CONFIG = "transformer.json"
WEIGHTS = "model.safetensors"


def open_backbone(name: str, layers: int | None = None) -> PreTrainedModel:
    """Load pretrained weights by name (see ``nlpref.pretrained``), keeping the first ``layers`` layers.

    Raises:
        InputError: if the model has fewer layers than asked for.
        StorageError: if the folder's weights are not all that the model needs.
    """
    folder = resolve(name)
    with quiet_transformers():
        model, report = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32, output_loading_info=True)
    lacking = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if lacking:
        raise StorageError(f"{folder} lacks {len(lacking)} weights of {name}, such as {lacking[0]}; fetch it again")
    if layers is not None:
        _cut(model, name, layers)
    return _without_pooler(model)


def build_backbone(folder: Path) -> PreTrainedModel:
    """Build an untrained transformer from a saved configuration; ``load_weights`` fills it."""
    fields = json.loads((folder / CONFIG).read_text("utf-8"))
    config = AutoConfig.for_model(fields.pop("model_type"), **fields)
    return _without_pooler(AutoModel.from_config(config, dtype=torch.float32))


def save_weights(model: nn.Module, backbone: PreTrainedModel, folder: Path) -> None:
    """Write all weights of ``model`` and the configuration of its transformer."""
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in model.state_dict().items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(backbone.config.to_dict(), indent=2, default=str) + "\n", "utf-8")


def load_weights(model: nn.Module, folder: Path) -> None:
    """Fill a module with saved weights, all of them and nothing else."""
    model.load_state_dict(load_file(folder / WEIGHTS))
    model.eval()


def _without_pooler(model: Any) -> PreTrainedModel:
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # its output is used nowhere
    ready: PreTrainedModel = model.eval()
    return ready


def _cut(model: Any, name: str, layers: int) -> None:
    depth = model.config.num_hidden_layers
    if not 1 <= layers <= depth:
        raise InputError(f"layers={layers}: {name} has {depth} layers; give 1 to {depth}, or None for all")
    model.encoder.layer = model.encoder.layer[:layers]
    model.config.num_hidden_layers = layers
