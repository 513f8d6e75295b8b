"""Configuration at the edge: where it lives, whether it fits, and objects built from it.

There is no registry: the import path in ``_target_`` names the class, and its constructor is the schema.
``check`` pays the price of that, late untyped errors, before any work starts.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.utils import get_args_parser  # Hydra's own reading of a command line, which is not public
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

from nlpref.errors import ConfigError, NlprefError, StorageError
from nlpref.targets import missing_faults, nearest, node_faults

__all__ = [
    "build",
    "check",
    "check_command",
    "check_overrides",
    "config_dir",
    "fingerprint",
    "plain",
    "read_saved",
    "register_resolvers",
]

NOT_THE_EXPERIMENT = ("hydra", "tracker", "name", "overwrite", "progress")
"""Top-level keys that do not change what a run computes."""
TASK = "task"
"""The group that decides which other groups there are."""


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
    container = _container(config)
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
        return fingerprint(_container(OmegaConf.masked_copy(_root_, relevant)))

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
    _refuse(node_faults(_container(config), trusted))


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


def check_overrides(config_name: str, overrides: Sequence[str]) -> DictConfig:
    """Compose a configuration, or say clearly what is wrong with the overrides.

    Returns:
        The configuration without Hydra's part, interpolations resolved; values that must be given may be missing.

    Raises:
        ConfigError: with the config path, what was given, and the nearest valid name.
    """
    register_resolvers()
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        try:
            composed = compose(config_name, list(overrides), return_hydra_config=True)
        except (HydraException, OmegaConfBaseException) as error:
            faults = list(_override_faults(config_name, overrides))
            raise ConfigError("\n".join(faults) if faults else str(error)) from error
        return _resolved(composed)


def check_command(config_name: str, arguments: Sequence[str]) -> None:
    """Check the command line of a Hydra program before Hydra starts, every job of a sweep included.

    Where another configuration is asked for (``--config-dir`` and the like), it is left to Hydra.

    Raises:
        ConfigError: listing all faults, as ``check_overrides`` and ``check`` do.
    """
    given = get_args_parser().parse_args(list(arguments))
    elsewhere = (given.config_path, given.config_name, given.config_dir, given.experimental_rerun)
    if any(elsewhere) or given.hydra_help or given.shell_completion or given.info:
        return
    sweep = given.multirun or "hydra.mode=MULTIRUN" in given.overrides
    faults: dict[str, None] = {}
    for overrides in _jobs(given.overrides) if sweep else [given.overrides]:
        try:
            config = check_overrides(config_name, overrides)
            if not given.help and not given.cfg:  # those only show the configuration
                check(config)
        except ConfigError as error:
            faults[str(error)] = None
    if faults:
        raise ConfigError("\n".join(faults))


def _container(config: Any) -> dict[str, Any]:
    """Plain dictionaries and lists; values that must be given stay ``???``."""
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


def _resolved(composed: DictConfig) -> DictConfig:
    """Resolve interpolations as in a job, where ``${hydra:...}`` is known, and drop Hydra's part."""
    with open_dict(composed):  # what Hydra fills in when the job starts
        composed.hydra.runtime.output_dir, composed.hydra.job.num, composed.hydra.job.id = ".", 0, "0"
    singleton = HydraConfig.instance()
    before = singleton.cfg
    singleton.set_config(composed)
    try:
        own = [str(key) for key in composed if key != "hydra"]
        return OmegaConf.create(_container(OmegaConf.masked_copy(composed, own)))
    finally:
        singleton.cfg = before


def _jobs(overrides: Sequence[str]) -> list[list[str]]:
    """The overrides of each job of a sweep, as Hydra's own sweeper takes them apart.

    Raises:
        ConfigError: if a sweep has no end of values.
    """
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        return [list(job) for job in itertools.product(*map(_choices, overrides))]


def _choices(text: str) -> list[str]:
    try:
        override = _parse(text)
    except HydraException:
        return [text]  # what is wrong comes out when it is composed
    if override.is_interval_sweep():
        raise ConfigError(f"{text}: an interval holds no list of values; name them, as {override.key_or_group}=1,2,3")
    if not override.is_sweep_override():
        return [text]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]


def _parse(text: str) -> Override:
    return OverridesParser.create(config_loader=_loader()).parse_overrides([text])[0]


def _loader() -> ConfigLoader:
    return GlobalHydra.instance().config_loader()


def _override_faults(config_name: str, overrides: Sequence[str]) -> Iterator[str]:
    """One line for each override that names no group option and no key."""
    if _compose_error(config_name, []):
        return
    waiting: list[Override] = []
    for text in overrides:
        try:
            override = _parse(text)
        except HydraException as error:
            why = str(error).splitlines()[0].strip()
            yield f"{text!r} is not an override, as key=value: {why}; quote a value with other signs: 'key=\"value\"'"
            continue
        if override.is_sweep_override():
            yield f"{text}: several values are a sweep; add --multirun, or quote what holds a comma"
            continue
        fault, corrected = _option_fault(override)
        if fault:
            yield fault
        if corrected is not None:
            waiting.append(corrected)
    accepted: list[str] = []
    while taken := [one for one in waiting if not _compose_error(config_name, [*accepted, str(one.input_line)])]:
        # one may stand only beside another that comes later, such as retriever=bm25 task=retrieval
        accepted.append(str(taken[0].input_line))
        waiting.remove(taken[0])
    for override in waiting:
        yield f"{override.input_line}: {_reason(config_name, accepted, override)}"


def _option_fault(override: Override) -> tuple[str, Override | None]:
    """What is wrong with the option of a group, and the override with the nearest option in its place."""
    key, value = override.key_or_group, override.value()
    options = _loader().get_group_options(key)
    if not options or not isinstance(value, str) or value in options:
        return "", override
    near = get_close_matches(value, options, n=1, cutoff=0.5)
    corrected = _parse(f"{override.get_key_element()}={near[0]}") if near else None
    hint = nearest(value, options)
    return f"{override.input_line}: there is no {key} {value!r}{hint} (there are: {', '.join(options)})", corrected


def _compose_error(config_name: str, overrides: Sequence[str]) -> str:
    try:
        compose(config_name, list(overrides))
    except (HydraException, OmegaConfBaseException) as error:
        return str(error).splitlines()[0]
    return ""


def _reason(config_name: str, accepted: Sequence[str], override: Override) -> str:
    """Why an override does not fit beside the accepted ones."""
    text, key = str(override.input_line), override.key_or_group
    config = compose(config_name, list(accepted), return_hydra_config=True)
    choices = config.hydra.runtime.choices
    if _loader().get_group_options(key) and key not in choices:
        nested = [choice for choice in choices if str(choice).startswith(f"{key}@")]
        if nested:
            return f"the {key} is part of another component; did you mean '{nested[0]}={override.get_value_element_as_str()}'?"
        tasks = [f"{TASK}={name}" for name in _loader().get_group_options(TASK)]
        fitting = [task for task in tasks if not _compose_error(config_name, [*accepted, task, text])]
        hint = f"; give {' or '.join(fitting)} beside it" if fitting else ""
        return f"{TASK}={choices[TASK]} has no {key}{hint}"
    return _unknown_key(config, key) or _compose_error(config_name, [*accepted, text])


def _unknown_key(config: DictConfig, key: str) -> str:
    node: Any = config
    walked: list[str] = []
    for part in key.split("."):
        if not isinstance(node, DictConfig):
            return f"{'.'.join(walked)} holds a value, so it has no {part!r}"
        names = [str(name) for name in node if name not in ("_target_", "hydra")]
        if part not in node:
            place = f"{'.'.join(walked)} has" if walked else "the configuration has"
            return f"{place} no {part!r}{nearest(part, names)} (there are: {', '.join(sorted(names))})"
        walked.append(part)
        node = node._get_node(part)
    return ""
