"""The neural parts inside a model: itself, or an encoder or cross-encoder that it was built from."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Protocol, Self, runtime_checkable

from nlpref.neural.engine import Engine

__all__ = ["Neural", "neural_parts", "replaced"]


@runtime_checkable
class Neural(Protocol):
    """A component whose network can be run by another engine."""

    @property
    def engine(self) -> Engine: ...

    def with_engine(self, engine: Engine) -> Self: ...


def neural_parts(model: Any) -> dict[int, Neural]:
    """All neural components in a model, by identity; the model itself if it is one."""
    if _is_neural(model):
        return {id(model): model}
    found: dict[int, Neural] = {}
    for value in _values(model):
        if _holds_parts(value):
            found |= neural_parts(value)
    return found


def replaced(model: Any, parts: Mapping[int, Any]) -> Any:
    """A copy of a model with other parts in place of those of the given identities; the rest is shared."""
    if id(model) in parts:
        return parts[id(model)]
    if isinstance(model, list | tuple):
        return type(model)(replaced(value, parts) for value in model)
    if isinstance(model, dict):
        return {key: replaced(value, parts) for key, value in model.items()}
    if not _holds_parts(model) or not neural_parts(model).keys() & parts.keys():
        return model
    made = copy.copy(model)
    for name, value in vars(model).items():
        if _holds_parts(value):
            setattr(made, name, replaced(value, parts))
    return made


def _is_neural(value: Any) -> bool:
    return hasattr(type(value), "with_engine") and hasattr(type(value), "engine")


def _holds_parts(value: Any) -> bool:
    return isinstance(value, list | tuple | dict) or (hasattr(type(value), "save") and hasattr(type(value), "load"))


def _values(model: Any) -> list[Any]:
    if isinstance(model, dict):
        return list(model.values())
    if isinstance(model, list | tuple):
        return [value for value in model if _holds_parts(value)]
    return list(vars(model).values())
