"""A contract as the laws see it: how to fit, how to predict, what to give and what not to give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import Any

import numpy as np

from nlpref.types import Hit, Span

__all__ = ["Contract", "Mistake", "plain_rows", "same"]


@dataclass(frozen=True)
class Mistake:
    """A call that breaks the contract, and what its error must name."""

    title: str
    call: Callable[[Any], Any]
    named: str


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What the laws need to know.

    Args:
        name: Of the contract.
        protocol: Its ``typing.Protocol``.
        fit: Trains a component on the tiny data and returns it; None for what does not learn.
        answer: Calls the public prediction method on some inputs.
        inputs: Inputs, of all lengths.
        empty: Whether an answer to no input is right.
        method: Name of the public prediction method.
        mistakes: Calls on a fitted component that must fail.
        training_mistakes: Calls on a component that is not fitted that must fail.
    """

    name: str
    protocol: type
    method: str = ""
    fit: Callable[[Any], Any] | None = None
    answer: Callable[[Any, Sequence[Any]], Any] = field(default=lambda *_: None)
    inputs: Sequence[Any] = ()
    empty: Callable[[Any, Any], bool] = field(default=lambda *_: False)
    mistakes: Sequence[Mistake] = ()
    training_mistakes: Sequence[Mistake] = ()

    def fitted(self, component: Any) -> Any:
        """The component, trained if it can be."""
        return component if self.fit is None else self.fit(component)


def plain_rows(answer: Any) -> list[Any]:
    """An answer as one plain value for each input."""
    return [_plain(row) for row in answer]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(float).tolist()
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, Span):
        return [value.start, value.end, value.label, value.score]
    if isinstance(value, Hit):
        return [value.id, value.score]
    if is_dataclass(value):
        return repr(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def same(one: Any, other: Any, tolerance: float = 0.0) -> bool:
    """Whether two plain values agree; numbers may differ by ``tolerance``."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or abs(one - other) <= tolerance
    return type(one) is type(other) and bool(one == other)
