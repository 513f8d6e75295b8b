"""Which backend was the fastest for a model on this machine, so that it is measured once."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from nlpref import machine, storage
from nlpref.errors import StorageError
from nlpref.neural.cache import cache_root

__all__ = ["recall", "remember"]

log = logging.getLogger(__name__)


def recall(networks: Sequence[nn.Module], question: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]] | None:
    """The backend chosen before for these weights, this machine, these library versions and this question, and the figures."""
    path = _path(networks, question)
    try:
        record = storage.read_json(path)
        chosen, measured = str(record["backend"]), list(record["measured"])
    except (StorageError, KeyError, TypeError):
        return None
    log.info("backend=%s was the fastest on this machine; %s holds what was measured", chosen, path)
    return chosen, measured


def remember(
    networks: Sequence[nn.Module], question: Mapping[str, Any], backend: str, measured: Sequence[Mapping[str, Any]]
) -> None:
    """Keep a choice with its figures; a folder that cannot be written is not needed."""
    record = {"backend": backend, "question": dict(question), **_surroundings(), "measured": list(measured)}
    try:
        storage.write_json(_path(networks, question), record)
    except OSError as error:
        log.warning("the choice of backend could not be kept: %s", error)


def _surroundings() -> dict[str, Any]:
    return {"hardware": machine.hardware(), "versions": machine.versions((*machine.LIBRARIES, "onnx", "onnxscript", "nncf"))}


def _path(networks: Sequence[nn.Module], question: Mapping[str, Any]) -> Path:
    digest = hashlib.sha256(json.dumps([_surroundings(), dict(question)], sort_keys=True, default=str).encode())
    for network in networks:
        for name, tensor in sorted(network.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return cache_root() / "acceleration" / f"{digest.hexdigest()[:24]}.json"
