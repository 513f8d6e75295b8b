"""How one vector is made of the states of a text's tokens, and what a pretrained model says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from nlpref.errors import InputError

__all__ = ["POOLINGS", "Pooling", "keep_pooling", "kept_pooling", "read_pooling"]

Pooling = Literal["mean", "cls", "pooler"]
"""``mean`` of the tokens or the state of the first one, ``cls``, each scaled to unit length; ``pooler``: a layer on the first."""
POOLINGS: tuple[str, ...] = get_args(Pooling)
KEPT = "pooling.json"
MODULE = "1_Pooling/config.json"
LEGACY = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
HARMLESS = ("Transformer", "Pooling", "Normalize")


def read_pooling(folder: Path) -> Pooling:
    """The pooling that a pretrained model was trained with: from its sentence-transformers configuration, ``mean`` without one.

    Args:
        folder: Of the model; may hold ``modules.json`` and ``1_Pooling/config.json``.

    Raises:
        InputError: if it is one that nlpref does not compute, or the model has further layers after it.
    """
    folder = Path(folder)
    place = MODULE
    if (folder / "modules.json").is_file():
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        kinds = {module["type"].rpartition(".")[2]: module.get("path", "") for module in modules}
        if others := sorted(kinds.keys() - set(HARMLESS)):
            raise InputError(f"{folder} has the layer {others[0]} after its transformer, which nlpref does not compute")
        place = f"{kinds['Pooling']}/config.json" if "Pooling" in kinds else MODULE
    if not (folder / place).is_file():
        return "mean"
    modes = _modes(json.loads((folder / place).read_text("utf-8")))
    if modes == ["mean"]:
        return "mean"
    if modes == ["cls"]:
        return "cls"
    raise InputError(f"{folder / place} asks for the pooling {' + '.join(modes) or 'none'}, expected mean or cls")


def keep_pooling(pooling: Pooling, folder: Path) -> None:
    """Write it into the folder of a component, where it is not ``mean``."""
    if pooling != "mean":
        (folder / KEPT).write_text(json.dumps({"pooling": pooling}) + "\n", "utf-8")


def kept_pooling(folder: Path) -> Pooling:
    """What ``keep_pooling`` wrote."""
    path = Path(folder) / KEPT
    found: Pooling = json.loads(path.read_text("utf-8"))["pooling"] if path.is_file() else "mean"
    return found


def _modes(config: Mapping[str, Any]) -> list[str]:
    if "pooling_mode" in config:
        given = config["pooling_mode"]
        return [given] if isinstance(given, str) else list(given)
    return [mode for name, mode in LEGACY.items() if config.get(name)]
