"""The matrix is complete: what a configuration can name, and what users may import, is under the laws."""

from __future__ import annotations

import dataclasses
import inspect
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import pytest
from omegaconf import OmegaConf
from tests.contracts import examples as given
from tests.contracts.honest import ToyEncoder
from tests.contracts.kinds import CONTRACTS
from tests.contracts.laws import LAWS
from tests.contracts.matrix import MATRIX
from tests.contracts.own_laws import OWN_LAWS

from nlpref import classification, data, decisions, retrieval, storage, tagging
from nlpref.config import config_dir
from nlpref.errors import NotFittedError, StorageError
from nlpref.retrieval import DenseRetriever, ExactIndex

KINDS = {line.kind for line in MATRIX}


def targets_in(node: Any) -> Iterator[str]:
    """Every ``_target_`` in a node."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield node["_target_"]
        for value in node.values():
            yield from targets_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from targets_in(value)


def absent(target: str, kinds: set[type]) -> str:
    """What is missing from the matrix, as it were, for a target; empty if nothing is.

    A class must have a line, unless it is a value (a dataclass, a dictionary); a function must say that it gives one that has.
    """
    module, _, name = target.rpartition(".")
    found = getattr(import_module(module), name)
    if not inspect.isclass(found):
        made = get_type_hints(found).get("return")
        found = get_origin(made) or made
    if dataclasses.is_dataclass(found) or found in {*kinds, dict}:
        return ""
    return f"{target} gives {found!r}, which has no line in the matrix"


TARGETS = {
    (path.relative_to(config_dir()).as_posix(), target)
    for path in config_dir().rglob("*.yaml")
    for target in targets_in(OmegaConf.to_container(OmegaConf.load(path)))
}


def test_configurations_target_only_what_is_in_the_matrix() -> None:
    assert len(TARGETS) > 35
    assert [f"{file}: {fault}" for file, target in sorted(TARGETS) if (fault := absent(target, KINDS))] == []


def test_a_class_without_a_line_is_found() -> None:
    assert "no line in the matrix" in absent("nlpref.tagging.CrfTagger", KINDS - {tagging.CrfTagger})
    assert "no line in the matrix" in absent("nlpref.data.sources.beir", KINDS - {data.RetrievalDataset})
    assert "no line in the matrix" in absent("nlpref.latency.Stopwatch", KINDS)
    assert absent("nlpref.neural.finetuning.FineTuning", KINDS) == ""


@pytest.mark.parametrize("room", [classification, decisions, tagging, retrieval, data], ids=lambda room: room.__name__)
def test_public_classes_are_in_the_matrix(room: Any) -> None:
    public = {getattr(room, name) for name in room.__all__}
    assert {thing for thing in public if inspect.isclass(thing) and not dataclasses.is_dataclass(thing)} - KINDS == set()


def test_lines_have_names_of_their_own_and_differ() -> None:
    assert [name for name, count in Counter(line.name for line in MATRIX).items() if count > 1] == []
    assert {line.contract.name for line in MATRIX} == {contract.name for contract in CONTRACTS}


def test_every_law_binds_a_component() -> None:
    bound = {line.contract.name for line in MATRIX}
    for law, names in {**LAWS, **OWN_LAWS}.items():
        assert set(names) <= bound, law.__name__
        assert names, law.__name__


def test_a_component_of_ones_own_may_stand_inside(tmp_path: Path) -> None:
    """Trust given to ``load_component`` holds for what is inside, and ends with the call."""
    retriever = DenseRetriever(ToyEncoder(seed=4), ExactIndex(), cache=False)
    with pytest.raises(NotFittedError):
        retriever.save(tmp_path / "retriever")
    expected = retriever.fit(given.DOCUMENTS).search(["lamp"], 3)
    retriever.save(tmp_path / "retriever")
    for trusted in (None, ("nlpref",)):
        with pytest.raises(StorageError, match="not from a trusted package"):
            storage.load_component(tmp_path / "retriever", trusted)
    loaded = storage.load_component(tmp_path / "retriever", ("nlpref", "tests"))
    assert loaded.search(["lamp"], 3) == expected
    assert loaded.encoder.seed == 4
    with pytest.raises(StorageError, match="not from a trusted package"):
        storage.load_component(tmp_path / "retriever")
