"""Every YAML file: it begins with the command that runs it, and that command fits."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from nlpref.config import check, config_dir
from nlpref.overrides import check_overrides

FILES = sorted(config_dir().rglob("*.yaml"))
RUNS = "python -m nlpref.train"
SCORES = "python -m nlpref.evaluate run=RUN_FOLDER"


def command_of(file: Path) -> str:
    """The first line that is no package directive, without its comment sign."""
    lines = [line for line in file.read_text("utf-8").split("\n") if not line.startswith("# @package")]
    return lines[0].removeprefix("# ")


def overrides_of(file: Path) -> list[str]:
    command = command_of(file)
    scores = command.startswith(SCORES)
    return shlex.split(command.removeprefix(SCORES if scores else RUNS)) + (["name=evaluation"] if scores else [])


def name_of(file: Path) -> str:
    return file.relative_to(config_dir()).as_posix()


@cache
def composed(file: Path) -> dict[str, Any]:
    """The configuration that a file's command gives; values that must be given may be missing."""
    return OmegaConf.to_container(check_overrides("train", overrides_of(file)))


def choices_of(overrides: list[str]) -> set[tuple[str, str]]:
    """Groups and their chosen options, by Hydra alone."""
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        choices = compose("train", overrides, return_hydra_config=True).hydra.runtime.choices
    return {(str(group).partition("@")[0], option) for group, option in choices.items()}


def test_all_files_are_seen() -> None:
    groups = {file.parent.name for file in FILES} - {config_dir().name}
    assert groups == {path.name for path in config_dir().iterdir() if path.is_dir()}
    assert len(FILES) > 45


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_begins_with_a_command_that_fits(file: Path) -> None:
    assert command_of(file).startswith((RUNS, SCORES)), f"{name_of(file)} begins with {command_of(file)!r}"
    check(composed(file))


@pytest.mark.parametrize("file", [file for file in FILES if file.name != "train.yaml"], ids=name_of)
def test_the_command_uses_the_file(file: Path) -> None:
    group, overrides = file.parent.relative_to(config_dir()).as_posix(), overrides_of(file)
    named = any(text.partition("@")[0] == group or text.startswith(f"{group}=") for text in overrides)
    if not named:  # then it must come in by the defaults of what is named
        assert (group, file.stem) in choices_of(overrides)
    else:
        assert any(text.startswith(group) and text.endswith(f"={file.stem}") for text in overrides)


def targets_in(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from targets_in(value, f"{path}.{key}")


UNNAMED = {
    "nlpref.tracking.MlflowTracker": {"run_id", "run_file", "run_name", "tags"},  # the run sets them
    "nlpref.retrieval.FaissIndex": {
        "neighbours",
        "effort",
        "cells",
        "probes",
        "parts",
        "keep_vectors",
        "oversampling",
    },  # each for some kinds
}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_argument_can_be_overridden(file: Path) -> None:
    """Hydra refuses what a file does not name, so a file names all that its class takes."""
    for path, node in targets_in(composed(file)):
        module, _, name = node["_target_"].rpartition(".")
        expected = set(inspect.signature(getattr(import_module(module), name)).parameters)
        unnamed = expected - node.keys() - UNNAMED.get(node["_target_"], set())
        assert not unnamed, f"{path[1:]} as {name_of(file)} sets it lacks {unnamed}"


NEEDED = {"distilled": ["classifier.teacher=RUN_FOLDER/model"]}
"""What an option cannot do without."""


@pytest.mark.parametrize("task", ["classification", "ner", "retrieval"])
def test_every_component_of_a_task_composes(task: str) -> None:
    group = {"classification": "classifier", "ner": "tagger", "retrieval": "retriever"}[task]
    options = [path.stem for path in (config_dir() / group).glob("*.yaml")]
    assert len(options) >= 3
    for option in options:
        for tracker in ("none", "mlflow"):
            needed = NEEDED.get(option, [])
            check(check_overrides("train", [f"task={task}", f"{group}={option}", f"tracker={tracker}", *needed]))
