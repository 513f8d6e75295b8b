"""Configuration at the edge: where it lives, whether it fits, and objects built from it.

There is no registry: the import path in ``_target_`` names the class, and its constructor is the schema.
``check`` pays the price of that, late untyped errors, before any work starts.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from nlpref.errors import ConfigError

__all__ = ["build", "check", "check_overrides", "config_dir", "fingerprint", "plain", "register_resolvers"]

NOT_THE_EXPERIMENT = ("hydra", "tracker", "name", "overwrite", "progress")
"""Top-level keys that do not change what a run computes."""


def config_dir() -> Path:
    """The folder of the YAML files: the checkout's ``configs/``, or the copy inside the installed package."""
    here = Path(__file__).resolve().parent
    installed, checkout = here / "configs", here.parent.parent / "configs"
    return installed if installed.is_dir() else checkout


def plain(config: Any) -> dict[str, Any]:
    """A configuration as plain dictionaries and lists, interpolations resolved, without Hydra's own part."""
    container = config if isinstance(config, dict) else OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    if not isinstance(container, dict):
        raise ConfigError(f"expected a mapping at the top of the configuration, got {type(container).__name__}")
    return {str(key): value for key, value in container.items() if key != "hydra"}


def fingerprint(config: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits that change with whatever the run computes."""
    relevant = {key: value for key, value in config.items() if key not in NOT_THE_EXPERIMENT}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()[:8]


def register_resolvers() -> None:
    """Make ``${fingerprint:}`` usable in YAML, for the name of a run's folder."""

    def resolver(*, _root_: DictConfig) -> str:
        raw = OmegaConf.to_container(_root_, resolve=False)
        return fingerprint({str(key): value for key, value in raw.items()}) if isinstance(raw, dict) else ""

    OmegaConf.register_new_resolver("fingerprint", resolver, replace=True)


def check(config: Any) -> None:
    """Resolve every ``_target_`` and bind its arguments, without building anything.

    Raises:
        ConfigError: listing all faults with their config paths and the nearest valid names.
    """
    faults = list(_faults(plain(config), ""))
    if faults:
        raise ConfigError("the configuration does not fit:\n  " + "\n  ".join(faults))


def build(node: Any) -> Any:
    """Build the object that a node describes; nested nodes first, lists and mappings as plain Python."""
    return instantiate(node, _convert_="all")


def check_overrides(config_name: str, overrides: Sequence[str]) -> DictConfig:
    """Compose a configuration, or say clearly what is wrong with the overrides.

    Raises:
        ConfigError: with the config path, what was given, and the nearest valid name.
    """
    register_resolvers()
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        try:
            return compose(config_name, list(overrides))
        except (HydraException, OmegaConfBaseException) as error:
            faults = list(_override_faults(config_name, overrides))
            raise ConfigError("\n".join(faults) if faults else str(error)) from error


def _faults(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, list):
        for position, item in enumerate(node):
            yield from _faults(item, f"{path}[{position}]")
    if not isinstance(node, dict):
        return
    if "_target_" in node:
        yield from _target_faults(node, path)
    for key, value in node.items():
        yield from _faults(value, f"{path}.{key}" if path else str(key))


def _target_faults(node: Mapping[str, Any], path: str) -> Iterator[str]:
    target = str(node["_target_"])
    module_name, _, name = target.rpartition(".")
    try:
        module = importlib.import_module(module_name)
        made = getattr(module, name)
    except (ImportError, ValueError):
        yield f"{path}._target_: cannot import {module_name!r} (given {target!r}); check the spelling, or install its extra"
        return
    except AttributeError:
        yield f"{path}._target_: {module_name!r} has no {name!r}{_nearest(name, dir(module))}"
        return
    arguments = {key: value for key, value in node.items() if not str(key).startswith("_")}
    signature = inspect.signature(made)
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
    for key in arguments:
        if key not in signature.parameters and not open_ended:
            yield f"{path}.{key}: {target} takes no {key!r}{_nearest(str(key), signature.parameters)}"
    if not node.get("_partial_"):
        for key, parameter in signature.parameters.items():
            needed = parameter.default is parameter.empty and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
            if needed and key not in arguments:
                yield f"{path}.{key}: {target} needs it and it is not given"


def _override_faults(config_name: str, overrides: Sequence[str]) -> Iterator[str]:
    """One line for each override that names no group option and no key. Tried one after the other."""
    accepted: list[str] = []
    for text in overrides:
        try:
            override = OverridesParser.create().parse_override(text)
        except HydraException as error:
            yield f"{text!r} is not an override (key=value): {str(error).splitlines()[0]}"
            continue
        key, value = override.key_or_group, override.value()
        folder = config_dir() / key
        if folder.is_dir() and isinstance(value, str):
            options = sorted(path.stem for path in folder.glob("*.yaml"))
            if value not in options:
                yield f"{key}={value}: there is no {key} {value!r}{_nearest(value, options)}; there are: {', '.join(options)}"
                continue
        try:
            compose(config_name, [*accepted, text])
            accepted.append(text)
        except (HydraException, OmegaConfBaseException) as error:
            yield f"{text}: {_unknown_key(config_name, accepted, key) or str(error).splitlines()[0]}"


def _unknown_key(config_name: str, accepted: Sequence[str], key: str) -> str:
    node: Any = compose(config_name, list(accepted))
    walked: list[str] = []
    for part in key.split("."):
        if not isinstance(node, DictConfig):
            return f"{'.'.join(walked)} holds a value, so it has no {part!r}"
        names = [str(name) for name in node if name != "_target_"]
        if part not in names:
            place = f"{'.'.join(walked)} has" if walked else "the configuration has"
            return f"{place} no {part!r}{_nearest(part, names)}; there are: {', '.join(sorted(names))}"
        walked.append(part)
        node = node._get_node(part) if OmegaConf.is_interpolation(node, part) or OmegaConf.is_missing(node, part) else node[part]
    return ""


def _nearest(name: str, candidates: Any) -> str:
    found = get_close_matches(name, [str(candidate) for candidate in candidates], n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else ""
