"""The laws that every component of a contract obeys. A law raises ``AssertionError`` where it is broken."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone
from tests.contracts.contract import plain_rows, same
from tests.contracts.line import Line, scratch

from nlpref.errors import InputError, NotFittedError, StorageError
from nlpref.storage import MANIFEST, load_component, parameters

__all__ = ["LAWS", "Law"]

Law = Callable[[Line], None]
TOLERANCE = 2e-5
"""A float32 sum depends in its last bits on the size and the padding of the batch."""
TRUSTED = ("nlpref", "tests")
MODELS = ("TextClassifier", "TokenTagger", "Encoder", "VectorIndex", "Reranker", "Retriever")
LEARNERS = ("TextClassifier", "TokenTagger", "Reranker", "Retriever")


def raised(call: Callable[[], Any]) -> Exception | None:
    """The exception of a call, None if it returned."""
    try:
        call()
    except Exception as error:
        return error
    return None


def fulfils_its_protocol(line: Line) -> None:
    # before fit, a learner's labels are an error
    component = line.fitted if line.contract.name in LEARNERS else line.make()
    assert isinstance(component, line.contract.protocol), f"{line.name} lacks members of {line.contract.name}"


def one_by_one_equals_batched(line: Line) -> None:
    for item, expected in zip(line.contract.inputs, line.rows, strict=True):
        alone = line.answer(line.fitted, [item])
        assert same(alone, [expected], TOLERANCE), f"{item!r:.60} alone gives {alone}, among others {expected}"


def order_of_the_batch_does_not_matter(line: Line) -> None:
    order = np.random.default_rng(0).permutation(len(line.contract.inputs)).tolist()
    shuffled = line.answer(line.fitted, [line.contract.inputs[row] for row in order])
    assert same(shuffled, [line.rows[row] for row in order], TOLERANCE)


def nothing_in_gives_nothing_out(line: Line) -> None:
    answer = line.contract.answer(line.fitted, [])
    assert line.contract.empty(line.fitted, answer), f"no input gives {answer!r}"


def predicting_changes_nothing(line: Line) -> None:
    before = (line.saved / MANIFEST).read_bytes()
    inputs = list(line.contract.inputs)
    given, chance = copy.deepcopy(inputs), _chance()
    first = line.answer(line.fitted, inputs)
    assert _chance() == chance, "predicting uses up global random numbers"
    assert plain_rows(inputs) == plain_rows(given), "predicting changes its input"
    assert same(line.answer(line.fitted, inputs), first), "the second answer is another one"
    again = scratch() / "again"
    line.fitted.save(again)
    assert (again / MANIFEST).read_bytes() == before, "what is saved after predicting is not what was saved before"


def same_seed_gives_the_same_result(line: Line) -> None:
    expected = line.rows
    random.seed(12345)
    np.random.seed(12345)
    other = line.contract.fitted(clone(line.make()))
    assert same(line.answer(other, line.contract.inputs), expected, 1e-6)


def saving_and_loading_keeps_predictions(line: Line) -> None:
    moved = scratch() / "moved"
    line.fitted.save(moved.with_name("first"))
    moved.with_name("first").rename(moved)
    for load in (lambda: line.loaded, lambda: load_component(moved, TRUSTED)):
        component = load()
        assert same(line.answer(component, line.contract.inputs), line.rows)
        assert getattr(component, "labels", None) == getattr(line.fitted, "labels", None)


def loading_keeps_class_and_parameters(line: Line) -> None:
    assert type(line.loaded) is line.kind
    found, expected = parameters(line.loaded), parameters(line.make())
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert _equal(found[name], value), f"{name} was {value!r}, is {found[name]!r}"


def a_changed_byte_is_refused(line: Line) -> None:
    folder = line.saved
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        changed = bytearray(content)
        changed[len(content) // 2] ^= 1
        path.write_bytes(changed)
        error = raised(lambda: line.kind.load(folder))
        path.unlink()
        lost = raised(lambda: line.kind.load(folder)) if len(content) < 100_000 else error
        path.write_bytes(content)
        assert isinstance(error, StorageError), f"a changed byte in {path.name} gives {error!r}"
        assert isinstance(lost, StorageError), f"without {path.name}, loading gives {lost!r}"
    (folder / "added.txt").touch()
    error = raised(lambda: line.kind.load(folder))
    (folder / "added.txt").unlink(missing_ok=True)
    assert isinstance(error, StorageError), f"a file that nobody saved gives {error!r}"


def before_fit_there_is_not_fitted_error(line: Line) -> None:
    if line.contract.fit is None:
        return  # it is as good as fitted
    component, folder = line.make(), scratch() / "unfitted"
    for title, call in {
        line.contract.method: lambda: line.answer(component, line.contract.inputs[:1]),
        f"{line.contract.method} of nothing": lambda: line.contract.answer(component, []),
        "save": lambda: component.save(folder),
        "labels": lambda: component.labels if "labels" in dir(line.contract.protocol) else _not_fitted(),
    }.items():
        error = raised(call)
        assert isinstance(error, NotFittedError), f"{title} before fit gives {error!r}"
        assert "fit" in str(error)
    assert not folder.exists(), "a component that is not fitted leaves a folder"


def mistakes_are_named(line: Line) -> None:
    for mistake in line.contract.mistakes:
        error = raised(lambda call=mistake.call: call(line.fitted))
        assert isinstance(error, InputError), f"{mistake.title} gives {error!r}"
        assert mistake.named in str(error), f"{mistake.title}: {error} does not name {mistake.named!r}"
    assert same(line.answer(line.fitted, line.contract.inputs), line.rows), "a refused call has changed the component"


def training_mistakes_are_named(line: Line) -> None:
    if line.contract.fit is None:
        return
    component = line.make()
    for mistake in line.contract.training_mistakes:
        error = raised(lambda call=mistake.call: call(component))
        assert isinstance(error, InputError), f"{mistake.title} gives {error!r}"
        assert mistake.named in str(error), f"{mistake.title}: {error} does not name {mistake.named!r}"
    error = raised(lambda: line.contract.answer(component, line.contract.inputs[:1]))
    assert isinstance(error, NotFittedError), "a training that was refused leaves a component that is half fitted"


def the_constructor_stores_its_arguments(line: Line) -> None:
    """It must not look at them: anything is taken, as it is, and only complained of when it is used."""
    names = list(inspect.signature(line.kind).parameters)
    opaque = {name: object() for name in names}
    error = raised(lambda: line.kind(**opaque))
    assert error is None, f"the constructor looks at its arguments: {error!r}"
    made = line.kind(**opaque)
    for name, value in opaque.items():
        assert getattr(made, name, None) is value, f"{name} is not stored as it was given"


def a_clone_is_unfitted_and_has_the_same_parameters(line: Line) -> None:
    error = raised(lambda: clone(line.fitted))
    assert error is None, f"scikit-learn cannot clone it: {error!r}"
    copied, expected = clone(line.fitted), line.make()
    assert set(copied.get_params(deep=False)) == set(inspect.signature(line.kind).parameters)
    for name, value in parameters(expected).items():
        assert _equal(copied.get_params(deep=False)[name], value), f"{name} is {copied.get_params()[name]!r}, not {value!r}"
    if line.contract.name in LEARNERS and line.contract.fit is not None:
        error = raised(lambda: line.contract.answer(copied, line.contract.inputs[:1]))
        assert isinstance(error, NotFittedError), "a clone takes what was learned with it"


def _not_fitted() -> None:
    raise NotFittedError("no labels to fit")


def _chance() -> tuple[str, ...]:
    import torch

    return repr(random.getstate()), repr(np.random.get_state()), repr(torch.get_rng_state().tolist())


def _equal(one: Any, other: Any) -> bool:
    """Parameters are equal if they are the same value, lists and tuples alike, or components alike."""
    if hasattr(one, "save") and hasattr(other, "save"):
        mine, theirs = parameters(one), parameters(other)
        return type(one) is type(other) and all(_equal(mine[name], theirs[name]) for name in theirs)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    return type(one) is type(other) and bool(one == other)


LAWS: dict[Law, tuple[str, ...]] = {
    fulfils_its_protocol: (*MODELS, "Tracker", "Dataset"),
    one_by_one_equals_batched: MODELS,
    order_of_the_batch_does_not_matter: MODELS,
    nothing_in_gives_nothing_out: MODELS,
    predicting_changes_nothing: MODELS,
    same_seed_gives_the_same_result: MODELS,
    saving_and_loading_keeps_predictions: MODELS,
    loading_keeps_class_and_parameters: MODELS,
    a_changed_byte_is_refused: MODELS,
    before_fit_there_is_not_fitted_error: LEARNERS,
    mistakes_are_named: MODELS,
    training_mistakes_are_named: LEARNERS,
    the_constructor_stores_its_arguments: (*MODELS, "Tracker"),
    a_clone_is_unfitted_and_has_the_same_parameters: MODELS,
}
"""Each law, and the contracts whose components it binds."""
