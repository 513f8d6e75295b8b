"""What a command line changes in the configuration, and what is wrong with it, by the nearest valid name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.utils import get_args_parser  # Hydra's own reading of a command line, which is not public
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from nlpref.config import as_container, check, config_dir, register_resolvers
from nlpref.errors import ConfigError
from nlpref.targets import nearest

__all__ = ["check_command", "check_overrides"]

TASK = "task"
"""The group that decides which other groups there are."""


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


def _resolved(composed: DictConfig) -> DictConfig:
    """Resolve interpolations as in a job, where ``${hydra:...}`` is known, and drop Hydra's part."""
    with open_dict(composed):  # what Hydra fills in when the job starts
        composed.hydra.runtime.output_dir, composed.hydra.job.num, composed.hydra.job.id = ".", 0, "0"
    singleton = HydraConfig.instance()
    before = singleton.cfg
    singleton.set_config(composed)
    try:
        own = [str(key) for key in composed if key != "hydra"]
        return OmegaConf.create(as_container(OmegaConf.masked_copy(composed, own)))
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
