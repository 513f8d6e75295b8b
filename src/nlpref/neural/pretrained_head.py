"""The scoring head that a pretrained cross-encoder brings along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from nlpref.errors import InputError
from nlpref.neural.backbone import WEIGHTS, open_backbone
from nlpref.neural.network import EncoderNetwork
from nlpref.pretrained import resolve

__all__ = ["has_scoring_head", "open_scoring_network"]

PLACES = {
    "bert": {"pooler": "bert.pooler.dense", "head": "classifier"},
    "roberta": {"pooler": "classifier.dense", "head": "classifier.out_proj"},
    "xlm-roberta": {"pooler": "classifier.dense", "head": "classifier.out_proj"},
}
"""Where the weights of the tanh layer on the first token, and those of the score, stand in a file of transformers."""


def has_scoring_head(folder: Path) -> bool:
    """Whether a pretrained model was made to give scores or labels: its configuration says so."""
    config = json.loads((Path(folder) / "config.json").read_text("utf-8"))
    return any(str(kind).endswith("ForSequenceClassification") for kind in config.get("architectures") or ())


def open_scoring_network(name: str, layers: int | None = None) -> EncoderNetwork:
    """Load an encoder with one output by name; with its own head if it has one, else with one that is yet to be trained.

    Args:
        name: See ``nlpref.pretrained.resolve``.
        layers: Keep only the first so many transformer layers.

    Raises:
        InputError: if its head gives several labels, or is of a kind that nlpref does not know.
    """
    folder = resolve(name)
    if not has_scoring_head(folder):
        return EncoderNetwork(open_backbone(name, layers), 1).eval()
    config = json.loads((folder / "config.json").read_text("utf-8"))
    places = PLACES.get(config["model_type"])
    if places is None:
        raise InputError(f"{name} is a {config['model_type']} with a head of its own; known are those of {', '.join(PLACES)}")
    network = EncoderNetwork(open_backbone(name, layers), 1, pooling="pooler")
    wanted = {f"{part}.{kind}": f"{place}.{kind}" for part, place in places.items() for kind in ("weight", "bias")}
    given = _tensors(folder / WEIGHTS, wanted, name)
    if given["head.weight"].shape[0] != 1:
        raise InputError(f"{name} gives {given['head.weight'].shape[0]} labels, expected the one score of a cross-encoder")
    network.load_state_dict(given, strict=False)
    return network.eval()


def _tensors(path: Path, wanted: Mapping[str, str], name: str) -> dict[str, Tensor]:
    with safe_open(path, framework="pt") as file:
        known = set(file.keys())
        if lacking := sorted(set(wanted.values()) - known):
            raise InputError(f"the head of {name} lacks {lacking[0]}, so its scores cannot be computed")
        return {own: file.get_tensor(place).float() for own, place in wanted.items()}
