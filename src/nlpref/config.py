"""Configuration at the edge: where it lives, whether it fits, and objects built from it.

There is no registry: the import path in ``_target_`` names the class, and its constructor is the schema.
``check`` pays the price of that, late untyped errors, before any work starts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

from nlpref.errors import ConfigError, NlprefError, StorageError
from nlpref.targets import missing_faults, node_faults

__all__ = [
    "as_container",
    "build",
    "check",
    "config_dir",
    "fingerprint",
    "plain",
    "read_saved",
    "register_resolvers",
]

NOT_THE_EXPERIMENT = ("hydra", "tracker", "name", "overwrite", "progress")
"""Top-level keys that do not change what a run computes."""


def config_dir() -> Path:
    """The folder of the YAML files: the checkout's ``configs/``, or the copy inside the installed package."""
    here = Path(__file__).resolve().parent
    installed, checkout = here / "configs", here.parent.parent / "configs"
    return installed if installed.is_dir() else checkout


def plain(config: Any) -> dict[str, Any]:
    """A configuration as plain dictionaries and lists, interpolations resolved, without Hydra's own part.

    Raises:
        ConfigError: if it is no mapping, a value that must be given is missing, or an interpolation leads nowhere.
    """
    container = as_container(config)
    _refuse(missing_faults(container))
    return container


def read_saved(folder: Path, *parts: str) -> dict[str, Any]:
    """The ``config.yaml`` of a training run, as plain dictionaries and lists.

    Raises:
        StorageError: if there is none, it cannot be read, or it lacks one of the parts that are asked for.
    """
    path = Path(folder) / "config.yaml"
    if not path.is_file():
        raise StorageError(f"{folder} is not the folder of a training run: it holds no {path.name}; give run=FOLDER")
    try:
        settings = plain(OmegaConf.load(path))
    except (YAMLError, UnicodeDecodeError, OSError, ConfigError) as error:
        raise StorageError(f"{path} is not the configuration of a training run: {error}") from error
    lacking = [key for key in parts if not isinstance(settings.get(key), dict)]
    if lacking:
        raise StorageError(f"{path} is not the configuration of a training run: it has no {' and no '.join(lacking)}")
    return settings


def fingerprint(config: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits that change with whatever the run computes."""
    relevant = {key: value for key, value in config.items() if key not in NOT_THE_EXPERIMENT}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()[:8]


def register_resolvers() -> None:
    """Make two functions usable in YAML.

    ``${fingerprint:}`` is what the function of that name gives, for the name of a run's folder; ``${not_scored:SPLIT}``
    is whether a split is free to be learnt from, since another one is to be scored.
    """

    def name_of_folder(*, _root_: DictConfig) -> str:
        relevant = [str(key) for key in _root_ if key not in NOT_THE_EXPERIMENT]
        return fingerprint(as_container(OmegaConf.masked_copy(_root_, relevant)))

    def not_scored(split: str, *, _root_: DictConfig) -> bool:
        return bool(_root_.get("split") != split)

    OmegaConf.register_new_resolver("fingerprint", name_of_folder, replace=True)
    OmegaConf.register_new_resolver("not_scored", not_scored, replace=True)


def check(config: Any, trusted: Sequence[str] | None = None) -> None:
    """Resolve every ``_target_`` and bind its arguments, without building anything.

    Args:
        config: A configuration, or plain dictionaries.
        trusted: Top-level packages that targets may come from; None allows all. Give it for a file that
            somebody else may have written, such as the configuration of a saved run.

    Raises:
        ConfigError: listing all faults with their config paths and the nearest valid names.
    """
    _refuse(node_faults(as_container(config), trusted))


def build(node: Any) -> Any:
    """Build the object that a node describes; nested nodes first, lists and mappings as plain Python.

    Raises:
        NlprefError: whatever a constructor or function raised on purpose, as it was raised.
    """
    try:
        return instantiate(node, _convert_="all")
    except InstantiationException as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, NlprefError):
            cause = cause.__cause__
        if cause is None:
            raise
        raise cause from None


def as_container(config: Any) -> dict[str, Any]:
    """Plain dictionaries and lists without Hydra's own part; values that must be given stay ``???``.

    Raises:
        ConfigError: if it is no mapping, or an interpolation leads nowhere.
    """
    try:
        container = config if isinstance(config, dict) else OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key}: {str(error).splitlines()[0]}") from error
    except ValueError as error:
        raise ConfigError(f"expected a configuration, got a {type(config).__name__}") from error
    if not isinstance(container, dict):
        raise ConfigError(f"expected a mapping at the top of the configuration, got a {type(container).__name__}")
    return {str(key): value for key, value in container.items() if key != "hydra"}


def _refuse(faults: Iterator[str]) -> None:
    if found := list(faults):
        raise ConfigError("the configuration does not fit:\n  " + "\n  ".join(found))
